-- In the new database, beside what the aggregator fills: what the live one had, and how the two differ.
CREATE SCHEMA replay;
CREATE TABLE replay.live (
    table_name text, hub text, node text, workload text, class text, slot_start timestamptz, figures bigint[]
);
CREATE TABLE replay.note (hub text, note text);
