-- Rating a day of one hub reads that hub's slots, in one stretch of the index. The column costs no room:
-- it fills what alignment left empty.
SET LOCAL ROLE hm_owner;

ALTER TABLE usage.slot ADD COLUMN hub_id integer;
UPDATE usage.slot AS s SET hub_id = n.hub_id
FROM usage.workload AS w
JOIN usage.node AS n USING (node_id)
WHERE w.workload_id = s.workload_id;
ALTER TABLE usage.slot
    ALTER COLUMN hub_id SET NOT NULL,
    DROP CONSTRAINT slot_pkey,
    ADD PRIMARY KEY (hub_id, slot_start, workload_id, class_id);
COMMENT ON COLUMN usage.slot.hub_id IS 'The workload''s hub';
