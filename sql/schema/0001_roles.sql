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

-- A report that runs wild, or somebody else with one of our passwords, must not take the server down.
-- A limit that is set already stays. temp_file_limit and rights on PostgreSQL's own functions are a
-- superuser's to change: where the one who migrates is none, that is said and left.
DO $$
DECLARE
    setting record;
BEGIN
    FOR setting IN
        SELECT l.* FROM (VALUES ('hm_aggregator', 20), ('hm_rater', 10), ('hm_finance', 30), ('hm_hub_ro', 30))
               AS l (role, connections)
        JOIN pg_roles AS r ON r.rolname = l.role AND r.rolconnlimit = -1
    LOOP
        EXECUTE format('ALTER ROLE %I CONNECTION LIMIT %s', setting.role, setting.connections);
    END LOOP;
    FOR setting IN
        SELECT * FROM (VALUES ('hm_aggregator', 'statement_timeout', '5min'),
                              ('hm_aggregator', 'temp_file_limit',   '4GB'),
                              ('hm_rater',      'statement_timeout', '30min'),
                              ('hm_rater',      'temp_file_limit',   '16GB'),
                              ('hm_finance',    'statement_timeout', '5min'),
                              ('hm_finance',    'temp_file_limit',   '4GB'),
                              ('hm_hub_ro',     'statement_timeout', '5min'),
                              ('hm_hub_ro',     'temp_file_limit',   '4GB')) AS s (role, name, value)
        WHERE NOT EXISTS (SELECT FROM pg_db_role_setting AS known, unnest(known.setconfig) AS c (setting)
                          WHERE known.setrole = s.role::regrole AND c.setting ^@ (s.name || '='))
    LOOP
        EXECUTE format('ALTER ROLE %I SET %I = %L', setting.role, setting.name, setting.value);
    END LOOP;
    REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'not all limits of the roles hm_* could be set: %', SQLERRM;
END
$$;

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
CREATE SCHEMA import AUTHORIZATION hm_owner;
CREATE SCHEMA audit AUTHORIZATION hm_owner;

COMMENT ON SCHEMA ingest IS 'How far Kafka was read, what is missing, what was refused';
COMMENT ON SCHEMA usage IS 'Who used what: workloads and their usage per quarter of an hour';
COMMENT ON SCHEMA org IS 'Institutions, their units, people and memberships, with validity';
COMMENT ON SCHEMA price IS 'What a unit of a resource costs, with validity';
COMMENT ON SCHEMA charge IS 'Priced usage: one line per person, department, resource and price';
COMMENT ON SCHEMA import IS 'Checks and takes over files of reference data';
COMMENT ON SCHEMA report IS 'The public face: stable, documented views';
COMMENT ON SCHEMA audit IS 'What the schema is made of, and who changed which reference row when';

SET LOCAL ROLE hm_owner;

-- ------------------------------------------------------------------------------------------------
-- The schema's own books, kept by `hubmeter migrate`
-- ------------------------------------------------------------------------------------------------

CREATE TABLE audit.migration (
    version integer PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE audit.migration IS 'Files of sql/schema that were applied: once, in order, and never again';
COMMENT ON COLUMN audit.migration.version IS 'The number that the file''s name begins with';
COMMENT ON COLUMN audit.migration.checksum IS 'SHA-256 of the file: one that changes afterwards is refused';
COMMENT ON COLUMN audit.migration.applied_at IS 'Start of the transaction that applied it';
COMMENT ON COLUMN audit.migration.applied_by IS 'The role that signed in';

CREATE TABLE audit.source_file (
    path text PRIMARY KEY,
    position integer NOT NULL UNIQUE,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE audit.source_file IS 'Files of sql/manifest, which make functions, views and triggers. When one of them changes, all are dropped and made anew in one transaction';
COMMENT ON COLUMN audit.source_file.path IS 'As in the manifest: report/user_cost.sql';
COMMENT ON COLUMN audit.source_file.position IS 'Place in the manifest, from 1';
COMMENT ON COLUMN audit.source_file.checksum IS 'SHA-256 of the file';
COMMENT ON COLUMN audit.source_file.applied_at IS 'Start of the transaction that applied it';
COMMENT ON COLUMN audit.source_file.applied_by IS 'The role that signed in';

CREATE TABLE audit.source_object (
    position integer PRIMARY KEY,
    path text NOT NULL REFERENCES audit.source_file ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('function', 'view', 'trigger')),
    identity text NOT NULL,
    UNIQUE (kind, identity)
);
COMMENT ON TABLE audit.source_object IS 'What those files made, so that it can be dropped when its file is gone or its signature changed';
COMMENT ON COLUMN audit.source_object.position IS 'Order in which it was made, from 1; dropped in reverse';
COMMENT ON COLUMN audit.source_object.kind IS 'As DROP spells it';
COMMENT ON COLUMN audit.source_object.identity IS 'As pg_identify_object() spells it: charge.month(timestamp with time zone,text)';

GRANT USAGE ON SCHEMA audit TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro;
GRANT SELECT ON audit.migration, audit.source_file, audit.source_object
    TO hm_aggregator, hm_rater, hm_finance, hm_hub_ro;
