-- Where the rows of a flush arrive first: nobody waits for a lock on these. Rows refer to each other
-- by their number in this flush; the known_ tables turn the numbers into ids. What the aggregator knows from before
-- comes with its id.
CREATE TEMPORARY TABLE stage_partition (
    number integer PRIMARY KEY, topic text, partition integer, owner_epoch bigint,
    old_offset bigint, new_offset bigint, last_stream bytea, last_sequence bigint, last_crc32c bigint,
    taken bigint, duplicates bigint, quarantined bigint, skipped bigint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_watermark (
    topic text, stream bytea, old_sequence bigint, sequence bigint, node text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_closed (
    topic text, stream bytea, first_sequence bigint, last_sequence bigint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_gap (
    topic text, stream bytea, first_sequence bigint, last_sequence bigint, part_of bigint,
    seen_at timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_quarantine (
    partition_number integer, record_offset bigint, reason text, payload bytea,
    written_at timestamptz, written_by text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_class (
    number integer PRIMARY KEY, name text, hub text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_node (
    number integer PRIMARY KEY, hub text, name text, last_window_end timestamptz,
    last_observed timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_workload (
    number integer PRIMARY KEY, node_number integer, kind smallint, external_id text, username text,
    server_name text, tag text, first_slot timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_slot (
    hub_id integer, slot_start timestamptz, workload_id bigint, class_id integer,
    cpu_used_usec bigint, cpu_reserved_usec bigint, cpu_billable_usec bigint,
    memory_used_mib_sec bigint, memory_reserved_mib_sec bigint, memory_billable_mib_sec bigint,
    gpu_used_msec bigint, gpu_reserved_msec bigint, gpu_billable_msec bigint,
    storage_mib_sec bigint, net_rx_bytes bigint, net_tx_bytes bigint, wall_msec bigint, flags integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_new_slot (
    slot_start timestamptz, workload_number integer, class_number integer,
    cpu_used_usec bigint, cpu_reserved_usec bigint, cpu_billable_usec bigint,
    memory_used_mib_sec bigint, memory_reserved_mib_sec bigint, memory_billable_mib_sec bigint,
    gpu_used_msec bigint, gpu_reserved_msec bigint, gpu_billable_msec bigint,
    storage_mib_sec bigint, net_rx_bytes bigint, net_tx_bytes bigint, wall_msec bigint, flags integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE stage_node_slot (
    slot_start timestamptz, node_number integer, class_number integer, coverage_msec bigint,
    cpu_capacity_usec bigint, cpu_used_usec bigint, cpu_system_usec bigint,
    memory_capacity_mib_sec bigint, memory_used_mib_sec bigint, memory_system_mib_sec bigint,
    gpu_capacity_msec bigint, gpu_used_msec bigint, gpu_system_msec bigint,
    cpu_measured_usec bigint, cpu_steal_usec bigint, memory_measured_mib_sec bigint, measured_flags integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE known_class (
    number integer PRIMARY KEY, class_id integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE known_node (
    number integer PRIMARY KEY, node_id integer, hub_id integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE known_workload (
    number integer PRIMARY KEY, workload_id bigint, hub_id integer
) ON COMMIT DELETE ROWS;
