-- What the kernel measured of a node, beside what was booked there: used = system + people always, because system is what
-- is left over, so that alone proves nothing.
SET LOCAL ROLE hm_owner;

ALTER TABLE usage.node_slot
    ADD COLUMN cpu_measured_usec bigint,
    ADD COLUMN cpu_steal_usec bigint,
    ADD COLUMN memory_measured_mib_sec bigint,
    ADD COLUMN measured_flags integer;
COMMENT ON COLUMN usage.node_slot.cpu_measured_usec IS 'core-microseconds the kernel counted for the whole node, whoever used them; null: not measured, or not in all of the quarter of an hour (older collectors, imported usage)';
COMMENT ON COLUMN usage.node_slot.cpu_steal_usec IS 'core-microseconds a hypervisor gave to other machines: nobody''s here, and in no other column; null as cpu_measured_usec';
COMMENT ON COLUMN usage.node_slot.memory_measured_mib_sec IS 'MiB times seconds the kernel counted as not available, while observed; null as cpu_measured_usec';
COMMENT ON COLUMN usage.node_slot.measured_flags IS 'union of the flags of what was measured, enum hm_flag in include/hubmeter/usage.h: 64 a counter started over, so that some may be missing; 256 more than can be, cut off; null as cpu_measured_usec';
