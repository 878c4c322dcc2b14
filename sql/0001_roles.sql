-- Roles and schemas. Roles belong to the whole cluster, so they are made only where missing; none
-- has a password: on a network they cannot sign in until the administrator gives them one.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_owner') THEN
        CREATE ROLE hm_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_aggregator') THEN
        CREATE ROLE hm_aggregator LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_rater') THEN
        CREATE ROLE hm_rater LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_finance') THEN
        CREATE ROLE hm_finance LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_hub_ro') THEN
        CREATE ROLE hm_hub_ro LOGIN;
    END IF;
END
$$;

COMMENT ON ROLE hm_owner IS 'hubmeter: owns the schema; migrations act as it; nobody signs in as it';
COMMENT ON ROLE hm_aggregator IS 'hubmeter: hubmeter-aggregator; adds usage, deletes nothing';
COMMENT ON ROLE hm_rater IS 'hubmeter: imports reference data and rates usage';
COMMENT ON ROLE hm_finance IS 'hubmeter: reads the report schema';
COMMENT ON ROLE hm_hub_ro IS 'hubmeter: a hub''s operator; reads usage and ingest state';

-- What PostgreSQL gives to everybody is taken back, so that the grants below say it all: finance and
-- the hubs' operators make no temporary tables, and no function is callable before it is granted.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO hm_owner', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO hm_aggregator, hm_rater', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro',
                   current_database());
END
$$;
ALTER DEFAULT PRIVILEGES FOR ROLE hm_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Exclusion constraints that compare a range and an integer or a text need it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA ingest AUTHORIZATION hm_owner;
CREATE SCHEMA usage AUTHORIZATION hm_owner;
CREATE SCHEMA org AUTHORIZATION hm_owner;
CREATE SCHEMA price AUTHORIZATION hm_owner;
CREATE SCHEMA charge AUTHORIZATION hm_owner;
CREATE SCHEMA report AUTHORIZATION hm_owner;
-- `hubmeter migrate` made it already, to record this file; psql did not.
CREATE SCHEMA IF NOT EXISTS audit;
ALTER SCHEMA audit OWNER TO hm_owner;

COMMENT ON SCHEMA ingest IS 'How far Kafka was read, what is missing, what was refused';
COMMENT ON SCHEMA usage IS 'Who used what: workloads and their usage per quarter of an hour';
COMMENT ON SCHEMA org IS 'Institutions, their units, people and memberships, with validity';
COMMENT ON SCHEMA price IS 'What a unit of a resource costs, with validity';
COMMENT ON SCHEMA charge IS 'Priced usage: one line per person, department, resource and price';
COMMENT ON SCHEMA report IS 'The public face: stable, documented views';
COMMENT ON SCHEMA audit IS 'Which migrations were applied, and who changed which reference row when';

GRANT USAGE ON SCHEMA audit TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro;
DO $$
BEGIN
    IF to_regclass('audit.migration') IS NOT NULL THEN
        GRANT SELECT ON audit.migration TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro;
    END IF;
END
$$;
