-- Aggregators remember the ids of names that they have committed. What an operator does to those rows by hand, they are
-- told by a number.
SET LOCAL ROLE hm_owner;

CREATE TABLE ingest.name_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL DEFAULT 1
);
COMMENT ON TABLE ingest.name_version IS 'One row: whatever an aggregator remembers of the ids of hubs, nodes, classes and workloads holds for this version only';
COMMENT ON COLUMN ingest.name_version.version IS 'Greater after each statement that takes away or renames rows of usage.hub, usage.node, usage.resource_class or usage.workload';
INSERT INTO ingest.name_version DEFAULT VALUES;

GRANT SELECT ON ingest.name_version TO hm_aggregator;
