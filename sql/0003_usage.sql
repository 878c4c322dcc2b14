SET LOCAL ROLE hm_owner;

CREATE TABLE usage.hub (
    hub_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE usage.hub IS 'A JupyterHub or cluster, by the name in its Kafka topic';

CREATE TABLE usage.node (
    node_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub_id integer NOT NULL REFERENCES usage.hub,
    name text NOT NULL,
    last_window_end timestamptz NOT NULL,
    UNIQUE (hub_id, name)
) WITH (fillfactor = 50);
COMMENT ON TABLE usage.node IS 'A machine that runs a collector';
COMMENT ON COLUMN usage.node.last_window_end IS 'Up to when its usage is known (UTC)';

CREATE TABLE usage.resource_class (
    class_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE usage.resource_class IS 'A kind of machine that has prices of its own';

CREATE TABLE usage.workload (
    workload_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id integer NOT NULL REFERENCES usage.node,
    kind smallint NOT NULL,
    external_id text NOT NULL,
    username text NOT NULL DEFAULT '',
    server_name text NOT NULL DEFAULT '',
    tag text NOT NULL DEFAULT '',
    first_slot timestamptz NOT NULL,
    UNIQUE (node_id, kind, external_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE usage.workload IS 'One run of one server or job';
COMMENT ON COLUMN usage.workload.kind IS '1 process tree, 2 cgroup, 3 pod, 4 batch job, 5 storage';
COMMENT ON COLUMN usage.workload.external_id IS 'What the operating system or cluster calls it';
COMMENT ON COLUMN usage.workload.username IS 'As the hub spells it; empty until a later batch names it';
COMMENT ON COLUMN usage.workload.first_slot IS 'Start of the earliest slot it has usage in (UTC)';

CREATE TABLE usage.slot (
    slot_start timestamptz NOT NULL CHECK (extract(epoch FROM slot_start)::bigint % 900 = 0),
    workload_id bigint NOT NULL,
    class_id integer NOT NULL,
    cpu_used_usec bigint NOT NULL,
    cpu_reserved_usec bigint NOT NULL,
    cpu_billable_usec bigint NOT NULL,
    memory_used_mib_sec bigint NOT NULL,
    memory_reserved_mib_sec bigint NOT NULL,
    memory_billable_mib_sec bigint NOT NULL,
    gpu_used_msec bigint NOT NULL,
    gpu_reserved_msec bigint NOT NULL,
    gpu_billable_msec bigint NOT NULL,
    storage_mib_sec bigint NOT NULL,
    net_rx_bytes bigint NOT NULL,
    net_tx_bytes bigint NOT NULL,
    wall_msec bigint NOT NULL,
    flags integer NOT NULL,
    PRIMARY KEY (slot_start, workload_id, class_id)
) PARTITION BY RANGE (slot_start);
COMMENT ON TABLE usage.slot IS 'Usage of a workload in a quarter of an hour (UTC); sums, so order and number of batches do not matter. No foreign keys: the aggregator makes the workload in the same transaction';
COMMENT ON COLUMN usage.slot.slot_start IS 'Start of the quarter of an hour, which is half open (UTC)';
COMMENT ON COLUMN usage.slot.cpu_used_usec IS 'core-microseconds consumed';
COMMENT ON COLUMN usage.slot.cpu_reserved_usec IS 'core-microseconds requested or guaranteed';
COMMENT ON COLUMN usage.slot.cpu_billable_usec IS 'core-microseconds: the greater of the two, taken per sample';
COMMENT ON COLUMN usage.slot.memory_used_mib_sec IS 'MiB times seconds of working set';
COMMENT ON COLUMN usage.slot.memory_reserved_mib_sec IS 'MiB times seconds requested or guaranteed';
COMMENT ON COLUMN usage.slot.memory_billable_mib_sec IS 'MiB times seconds: the greater of the two, taken per sample';
COMMENT ON COLUMN usage.slot.gpu_used_msec IS 'milliseconds of one GPU or slice in use';
COMMENT ON COLUMN usage.slot.gpu_reserved_msec IS 'milliseconds of one GPU or slice requested or guaranteed';
COMMENT ON COLUMN usage.slot.gpu_billable_msec IS 'milliseconds of one GPU or slice: the greater of the two, taken per sample';
COMMENT ON COLUMN usage.slot.storage_mib_sec IS 'MiB times seconds stored';
COMMENT ON COLUMN usage.slot.net_rx_bytes IS 'bytes received';
COMMENT ON COLUMN usage.slot.net_tx_bytes IS 'bytes sent';
COMMENT ON COLUMN usage.slot.wall_msec IS 'milliseconds the workload existed';
COMMENT ON COLUMN usage.slot.flags IS 'union of the flags of its batches: enum hm_flag in include/hubmeter/usage.h';

CREATE TABLE usage.node_slot (
    slot_start timestamptz NOT NULL CHECK (extract(epoch FROM slot_start)::bigint % 900 = 0),
    node_id integer NOT NULL,
    class_id integer NOT NULL,
    coverage_msec bigint NOT NULL,
    cpu_capacity_usec bigint NOT NULL,
    cpu_used_usec bigint NOT NULL,
    cpu_system_usec bigint NOT NULL,
    memory_capacity_mib_sec bigint NOT NULL,
    memory_used_mib_sec bigint NOT NULL,
    memory_system_mib_sec bigint NOT NULL,
    gpu_capacity_msec bigint NOT NULL,
    gpu_used_msec bigint NOT NULL,
    gpu_system_msec bigint NOT NULL,
    PRIMARY KEY (slot_start, node_id, class_id)
) PARTITION BY RANGE (slot_start);
COMMENT ON TABLE usage.node_slot IS 'A whole node in a quarter of an hour: used = system + its workloads, over the node''s batches';
COMMENT ON COLUMN usage.node_slot.slot_start IS 'Start of the quarter of an hour, which is half open (UTC)';
COMMENT ON COLUMN usage.node_slot.coverage_msec IS 'milliseconds that were really observed';
COMMENT ON COLUMN usage.node_slot.cpu_capacity_usec IS 'core-microseconds the node had to give';
COMMENT ON COLUMN usage.node_slot.cpu_used_usec IS 'core-microseconds consumed on the node';
COMMENT ON COLUMN usage.node_slot.cpu_system_usec IS 'core-microseconds no workload explains: the operating system and all else';
COMMENT ON COLUMN usage.node_slot.memory_capacity_mib_sec IS 'MiB times seconds the node had to give';
COMMENT ON COLUMN usage.node_slot.memory_used_mib_sec IS 'MiB times seconds in use on the node';
COMMENT ON COLUMN usage.node_slot.memory_system_mib_sec IS 'MiB times seconds no workload explains';
COMMENT ON COLUMN usage.node_slot.gpu_capacity_msec IS 'milliseconds of GPU the node had to give';
COMMENT ON COLUMN usage.node_slot.gpu_used_msec IS 'milliseconds of GPU in use on the node';
COMMENT ON COLUMN usage.node_slot.gpu_system_msec IS 'milliseconds of GPU no workload explains';

-- Month partitions. Called by the aggregator before it writes, so it runs as the owner. A table that
-- is made first and attached then locks out no writer, which CREATE TABLE ... PARTITION OF would.
CREATE FUNCTION usage.ensure_month(month_start timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', month_start, 'UTC');
    after timestamptz := (date_trunc('month', month_start AT TIME ZONE 'UTC') + interval '1 month')
                         AT TIME ZONE 'UTC';
    suffix text := to_char(first AT TIME ZONE 'UTC', '_YYYY_MM');
    parent text;
BEGIN
    IF to_regclass('usage.slot' || suffix) IS NOT NULL
       AND to_regclass('usage.node_slot' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('usage.ensure_month'));
    FOREACH parent IN ARRAY ARRAY['slot', 'node_slot'] LOOP
        CONTINUE WHEN to_regclass('usage.' || parent || suffix) IS NOT NULL;
        EXECUTE format('CREATE TABLE usage.%I (LIKE usage.%I INCLUDING ALL) WITH (fillfactor = 60)',
                       parent || suffix, parent);
        EXECUTE format('ALTER TABLE usage.%I ATTACH PARTITION usage.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, parent || suffix, first, after);
    END LOOP;
END
$$;
COMMENT ON FUNCTION usage.ensure_month(timestamptz) IS 'Make the partitions of the UTC month that holds the instant, where missing';
REVOKE ALL ON FUNCTION usage.ensure_month(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION usage.ensure_month(timestamptz) TO hm_aggregator, hm_rater;

GRANT USAGE ON SCHEMA usage TO hm_aggregator, hm_rater, hm_hub_ro;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA usage TO hm_aggregator;
GRANT SELECT ON ALL TABLES IN SCHEMA usage TO hm_rater, hm_hub_ro;
