CREATE TABLE replay.difference AS
SELECT table_name, hub, node, workload, class, slot_start, a.figures AS live, b.figures AS replayed
FROM replay.live AS a
FULL JOIN replay.again AS b USING (table_name, hub, node, workload, class, slot_start)
WHERE a.figures IS DISTINCT FROM b.figures
