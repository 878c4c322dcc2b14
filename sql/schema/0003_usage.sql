SET LOCAL ROLE hm_owner;

-- ------------------------------------------------------------------------------------------------
-- The slot: a quarter of an hour in UTC. Constraints stand on these functions, so they never change.
-- ------------------------------------------------------------------------------------------------

CREATE FUNCTION usage.slot_length() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '15 minutes';
COMMENT ON FUNCTION usage.slot_length() IS 'Length of a slot';

CREATE FUNCTION usage.slot_of(instant timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin(usage.slot_length(), instant, timestamptz '2000-01-01 00:00Z');
COMMENT ON FUNCTION usage.slot_of(timestamptz) IS 'Start of the slot that holds the instant';

CREATE FUNCTION usage.is_slot_start(instant timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN isfinite(instant) AND usage.slot_of(instant) = instant;
COMMENT ON FUNCTION usage.is_slot_start(timestamptz) IS 'Is the instant the start of a slot?';

CREATE FUNCTION usage.on_slots(valid tstzrange) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN NOT isempty(valid)
       AND (lower_inf(valid) OR (lower_inc(valid) AND usage.is_slot_start(lower(valid))))
       AND (upper_inf(valid) OR (NOT upper_inc(valid) AND usage.is_slot_start(upper(valid))));
COMMENT ON FUNCTION usage.on_slots(tstzrange) IS 'Is the range half open, not empty, with both ends on slots or open?';

GRANT EXECUTE ON FUNCTION usage.slot_length(), usage.slot_of(timestamptz),
                          usage.is_slot_start(timestamptz), usage.on_slots(tstzrange)
    TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro;

-- ------------------------------------------------------------------------------------------------

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
    last_observed timestamptz,
    UNIQUE (hub_id, name)
) WITH (fillfactor = 50);
COMMENT ON TABLE usage.node IS 'A machine that runs a collector, or that imported usage names';
COMMENT ON COLUMN usage.node.last_window_end IS 'Up to when its usage is known (UTC)';
COMMENT ON COLUMN usage.node.last_observed IS 'Up to when a collector observed it (UTC); null: known from imported usage alone';

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
    slot_start timestamptz NOT NULL CHECK (usage.is_slot_start(slot_start)),
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
    slot_start timestamptz NOT NULL CHECK (usage.is_slot_start(slot_start)),
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

GRANT USAGE ON SCHEMA usage TO hm_aggregator, hm_rater, hm_hub_ro;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA usage TO hm_aggregator;
GRANT SELECT ON ALL TABLES IN SCHEMA usage TO hm_rater, hm_hub_ro;
