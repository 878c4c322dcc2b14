-- The least that rating must do, without deciding anything: add up the slots of each workload and day, and
-- write as many lines and shares as there are into tables with the same indexes.
BEGIN;
CREATE TABLE charge.bare_line (LIKE charge.line INCLUDING ALL);
CREATE TABLE charge.bare_share (LIKE charge.share INCLUDING ALL);
SELECT count(*)
FROM (SELECT hub_id, workload_id, (slot_start AT TIME ZONE 'UTC')::date, class_id, sum(cpu_used_usec),
             sum(cpu_billable_usec), sum(memory_used_mib_sec), sum(memory_billable_mib_sec), min(slot_start),
             max(slot_start)
      FROM usage.slot
      GROUP BY 1, 2, 3, 4) AS s;
INSERT INTO charge.bare_line SELECT * FROM charge.line;
INSERT INTO charge.bare_share SELECT * FROM charge.share;
ROLLBACK;
