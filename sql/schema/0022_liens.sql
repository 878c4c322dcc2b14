-- Money that servers hold before they start, so that what is left is not promised twice.

-- A hub asks by this role, which can do nothing else.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_admission') THEN
        CREATE ROLE hm_admission LOGIN CONNECTION LIMIT 50;
        COMMENT ON ROLE hm_admission IS 'hubmeter: asks for a hub whether a server may start, and releases what it held';
    END IF;
    IF NOT has_database_privilege('hm_admission', current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO hm_admission', current_database());
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role hm_admission can''t be made: %', SQLERRM
          USING ERRCODE = SQLSTATE,
                HINT = format('Have a superuser say CREATE ROLE hm_admission LOGIN; GRANT CONNECT ON DATABASE %I
    TO hm_admission;',
                              current_database());
END
$$;

DO $$
DECLARE
    setting record;
BEGIN
    FOR setting IN
        SELECT * FROM (VALUES ('statement_timeout', '10s'), ('temp_file_limit', '256MB')) AS s (name, value)
        WHERE NOT EXISTS (SELECT FROM pg_db_role_setting AS known, unnest(known.setconfig) AS c (setting)
                          WHERE known.setrole = 'hm_admission'::regrole AND c.setting ^@ (s.name || '='))
    LOOP
        EXECUTE format('ALTER ROLE hm_admission SET %I = %L', setting.name, setting.value);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'not all limits of the role hm_admission could be set: %', SQLERRM;
END
$$;

SET LOCAL ROLE hm_owner;

GRANT USAGE ON SCHEMA fund, audit TO hm_admission;
GRANT SELECT ON audit.migration, audit.source_file, audit.source_object TO hm_admission;

ALTER TABLE org.institution
    ADD COLUMN unfunded_servers text NOT NULL DEFAULT 'allow' CHECK (unfunded_servers IN ('allow', 'refuse'));
COMMENT ON COLUMN org.institution.unfunded_servers IS 'May a server start that no plan or fund pays for? allow: and nothing is held for it, because metering must not stop teaching; refuse';

INSERT INTO import.file_column
       (kind,  ordinal, column_name,        required, help)
VALUES ('org', 11,      'unfunded_servers', false,    'institution: allow or refuse servers that no plan pays for; empty: allow');

-- What fund.split_atoms() works on.
CREATE TYPE fund.split_leg AS (
    route_no integer,
    leg_no integer,
    tier smallint,
    weight_ppm integer,
    on_exhaust text,
    is_sponsored boolean,
    is_of_class boolean,
    is_open boolean
);
COMMENT ON TYPE fund.split_leg IS 'A leg of a way to pay (route): its number, from 1 by route, tier and place; is it an award, does it pay for the class of machine, and at the time?';

CREATE TYPE fund.split_draw AS (leg_no integer, counter_no integer, room numeric);
COMMENT ON TYPE fund.split_draw IS 'A leg draws on a counter, which may be so much; Infinity: it only counts';

CREATE TYPE fund.payer AS (
    payer integer,
    institution_id integer,
    unit_id integer,
    person_id integer,
    month date,
    plan_id integer,
    plan_version_id integer,
    amount numeric,
    reason text
);
COMMENT ON TYPE fund.payer IS 'Who would pay how much for a server, by which version of a plan, or why by none';

CREATE TYPE fund.payer_part AS (
    payer integer,
    leg_no integer,
    plan_leg_id integer,
    amount numeric,
    remaining numeric,
    is_refused boolean,
    free numeric,
    needed numeric,
    what text
);
COMMENT ON TYPE fund.payer_part IS 'What a leg of a plan would pay for one of them, as fund.split_request() says';

-- ------------------------------------------------------------------------------------------------
-- Liens
-- ------------------------------------------------------------------------------------------------

CREATE TABLE fund.lien (
    lien_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    hub_id integer NOT NULL REFERENCES usage.hub,
    username text NOT NULL CHECK (username <> ''),
    server_name text NOT NULL,
    tag text NOT NULL,
    class_id integer NOT NULL REFERENCES usage.resource_class,
    cpu_milli bigint NOT NULL CHECK (cpu_milli >= 0),
    memory_mib bigint NOT NULL CHECK (memory_mib >= 0),
    gpu_milli bigint NOT NULL CHECK (gpu_milli >= 0),
    max_seconds integer NOT NULL CHECK (max_seconds > 0),
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL DEFAULT session_user,
    expires_at timestamptz NOT NULL CHECK (expires_at > opened_at),
    released_at timestamptz CHECK (released_at >= opened_at),
    reason text CHECK (reason <> ''),
    CHECK (num_nulls(released_at, reason) IN (0, 2))
);
CREATE UNIQUE INDEX lien_open ON fund.lien (hub_id, username, server_name) WHERE released_at IS NULL;
CREATE INDEX lien_expiry ON fund.lien (expires_at) WHERE released_at IS NULL;
COMMENT ON TABLE fund.lien IS 'Money that is held for a server from before it starts until it is released or expires; a server holds one at a time. Rows are never deleted';
COMMENT ON COLUMN fund.lien.institution_id IS 'Who would be charged; of several the first. Each leg has its own';
COMMENT ON COLUMN fund.lien.username IS 'As the hub spells it';
COMMENT ON COLUMN fund.lien.server_name IS 'Name of the user''s server; empty: the default one';
COMMENT ON COLUMN fund.lien.tag IS 'Group, course or project chosen at spawn; empty: none';
COMMENT ON COLUMN fund.lien.cpu_milli IS 'Requested: thousandths of a core';
COMMENT ON COLUMN fund.lien.memory_mib IS 'Requested: MiB';
COMMENT ON COLUMN fund.lien.gpu_milli IS 'Requested: thousandths of a GPU';
COMMENT ON COLUMN fund.lien.max_seconds IS 'How long the server may run at most';
COMMENT ON COLUMN fund.lien.opened_at IS 'When it was asked for (UTC)';
COMMENT ON COLUMN fund.lien.opened_by IS 'The role that signed in';
COMMENT ON COLUMN fund.lien.expires_at IS 'From when on it holds nothing (UTC): two hours after the server''s longest time, for its last charges to arrive';
COMMENT ON COLUMN fund.lien.released_at IS 'When it was released (UTC), once; null: not yet';
COMMENT ON COLUMN fund.lien.reason IS 'Why it was released';

CREATE TABLE fund.lien_leg (
    lien_id bigint NOT NULL REFERENCES fund.lien,
    leg smallint NOT NULL CHECK (leg > 0),
    institution_id integer NOT NULL,
    unit_id integer NOT NULL,
    person_id integer REFERENCES org.person,
    fund_id integer NOT NULL,
    plan_leg_id integer NOT NULL REFERENCES fund.plan_leg,
    amount numeric(20,9) NOT NULL CHECK (amount > 0),
    booked numeric(20,9) NOT NULL DEFAULT 0,
    PRIMARY KEY (lien_id, leg),
    UNIQUE NULLS NOT DISTINCT (lien_id, plan_leg_id, unit_id, person_id),
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    FOREIGN KEY (institution_id, fund_id) REFERENCES fund.fund (institution_id, fund_id)
);
COMMENT ON TABLE fund.lien_leg IS 'Which money a lien holds. It counts for every fund and cap that a charge by this leg of the plan would count for, in whatever window that is';
COMMENT ON COLUMN fund.lien_leg.leg IS 'Number within the lien, from 1, in the order of the plan';
COMMENT ON COLUMN fund.lien_leg.institution_id IS 'Who would be charged, and whose fund it is';
COMMENT ON COLUMN fund.lien_leg.unit_id IS 'The department that would be charged';
COMMENT ON COLUMN fund.lien_leg.person_id IS 'Whose server it is; null: nobody''s whom we know';
COMMENT ON COLUMN fund.lien_leg.plan_leg_id IS 'The leg of the plan by which it would pay';
COMMENT ON COLUMN fund.lien_leg.amount IS 'Held at first, to nano-units of the institution''s currency';
COMMENT ON COLUMN fund.lien_leg.booked IS 'What the leg has paid for the server''s usage since then: that is no longer held';

CREATE TABLE fund.lien_turn (
    institution_id integer PRIMARY KEY REFERENCES org.institution,
    turns bigint NOT NULL
);
COMMENT ON TABLE fund.lien_turn IS 'Whose turn it is to hold money of an institution: a transaction that does writes here first, so that no two see the same money, at whatever isolation level';
COMMENT ON COLUMN fund.lien_turn.turns IS 'How often it was asked for';

GRANT SELECT ON fund.lien, fund.lien_leg TO hm_rater;
