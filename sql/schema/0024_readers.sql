-- Who may see what of the reports, and the roles that read them.

-- Whoever reads signs in by a role of their own that is a member of one of these; the two programs by theirs.
DO $$
DECLARE
    reader record;
BEGIN
    FOR reader IN
        SELECT * FROM (VALUES
            ('hm_auditor', 'NOLOGIN', 'reads every report and changes nothing; nobody signs in as it'),
            ('hm_instructor', 'NOLOGIN', 'reads what the own courses, labs and projects cost; nobody signs in as it'),
            ('hm_member', 'NOLOGIN', 'reads the own usage; nobody signs in as it'),
            ('hm_dashboard', 'LOGIN CONNECTION LIMIT 30', 'Grafana and other dashboards: reads reports that name nobody'),
            ('hm_web', 'LOGIN CONNECTION LIMIT 50', 'hubmeter-dashboard: reads as whoever it says is asking, see org.identity()')
        ) AS r (name, options, says)
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name)
    LOOP
        EXECUTE format('CREATE ROLE %I %s', reader.name, reader.options);
        EXECUTE format('COMMENT ON ROLE %I IS %L', reader.name, 'hubmeter: ' || reader.says);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web',
                   current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the roles of readers can''t be made: %', SQLERRM
          USING ERRCODE = SQLSTATE,
                HINT = format('Have a superuser say CREATE ROLE hm_auditor; CREATE ROLE hm_instructor; CREATE ROLE hm_member; CREATE ROLE hm_dashboard LOGIN; CREATE ROLE hm_web LOGIN; GRANT CONNECT ON DATABASE %I
    TO hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web;',
                              current_database());
END
$$;

DO $$
DECLARE
    setting record;
BEGIN
    FOR setting IN
        SELECT r.role, s.name, s.value
        FROM unnest(ARRAY['hm_dashboard', 'hm_web']) AS r (role)
        CROSS JOIN (VALUES ('statement_timeout', '30s'), ('temp_file_limit', '1GB'),
                           ('default_transaction_read_only', 'on')) AS s (name, value)
        WHERE NOT EXISTS (SELECT FROM pg_db_role_setting AS known, unnest(known.setconfig) AS c (setting)
                          WHERE known.setrole = r.role::regrole AND c.setting ^@ (s.name || '='))
    LOOP
        EXECUTE format('ALTER ROLE %I SET %I = %L', setting.role, setting.name, setting.value);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'not all limits of the roles hm_dashboard and hm_web could be set: %', SQLERRM;
END
$$;

DO $$
BEGIN
    EXECUTE 'GRANT hm_finance TO hm_auditor, hm_web'; -- they read what finance does, as far as they may see it
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'hm_auditor and hm_web can''t be made members of hm_finance: %', SQLERRM
          USING ERRCODE = SQLSTATE, HINT = 'Have a superuser say GRANT hm_finance TO hm_auditor, hm_web;';
END
$$;

SET LOCAL ROLE hm_owner;

-- Rights on what reports are made of come with the views; without the schema they are of use through these alone.
REVOKE USAGE ON SCHEMA org FROM hm_steward;
GRANT USAGE ON SCHEMA report, audit TO hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web;
GRANT SELECT ON audit.migration, audit.source_file, audit.source_object
    TO hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web;
GRANT EXECUTE ON FUNCTION usage.slot_length(), usage.slot_of(timestamptz) TO hm_dashboard;

CREATE TABLE org.reader (
    reader_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL CHECK (login <> ''),
    scope text NOT NULL CHECK (scope IN ('federation', 'institution', 'unit', 'group', 'person', 'fund')),
    institution_id integer REFERENCES org.institution,
    unit_id integer,
    group_id integer REFERENCES org.user_group,
    person_id integer REFERENCES org.person,
    fund_id integer REFERENCES fund.fund,
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT reader_scope CHECK (
        (scope = 'federation') = (institution_id IS NULL)
        AND (scope = 'unit') = (unit_id IS NOT NULL) AND (scope = 'group') = (group_id IS NOT NULL)
        AND (scope = 'person') = (person_id IS NOT NULL) AND (scope = 'fund') = (fund_id IS NOT NULL)),
    CONSTRAINT reader_valid CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT reader_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3)),
    CONSTRAINT reader_one_at_a_time EXCLUDE USING gist
        (login WITH =, scope WITH =, (coalesce(institution_id, 0)) WITH =,
         (coalesce(unit_id, group_id, person_id, fund_id, 0)) WITH =, valid WITH &&) DEFERRABLE
);
CREATE INDEX reader_login ON org.reader (login);
COMMENT ON TABLE org.reader IS 'Who sees what in reports. Whoever has a row, also one that holds no more, sees what the rows that hold say, and no more; without one finance, controllers, auditors and dashboards see all, others what is their own';
COMMENT ON COLUMN org.reader.login IS 'Who asks, as org.identity() says: the role that signs in to the database; hub:username of a hub''s web sign-in; proxy:name; local:name';
COMMENT ON COLUMN org.reader.scope IS 'federation: all; institution: all of it; unit: a department and what was below it at the time of use; group: what was used for it; person: what the person used; fund: its money';
COMMENT ON COLUMN org.reader.institution_id IS 'Whose it is; null: the scope is the federation';
COMMENT ON COLUMN org.reader.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN org.reader.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN org.reader.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN org.reader.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN org.reader.was_valid IS 'What valid was until then: [from, to), UTC';
GRANT SELECT, INSERT, UPDATE ON org.reader TO hm_rater;

ALTER TABLE org.institution
    ADD COLUMN shows_names boolean NOT NULL DEFAULT false,
    ADD COLUMN smallest_group smallint NOT NULL DEFAULT 5 CHECK (smallest_group BETWEEN 1 AND 1000);
COMMENT ON COLUMN org.institution.shows_names IS 'May instructors see who of a course used what? Else sums only';
COMMENT ON COLUMN org.institution.smallest_group IS 'Fewest people whose sum is shown to whoever may not see names';

-- ------------------------------------------------------------------------------------------------
-- What whoever asks may see. Policies stand on these, so they stay here. Policies ask them in a subquery, which is
-- done once a query; each is an array, so that it is looked up in and no table is joined.
-- ------------------------------------------------------------------------------------------------

CREATE FUNCTION org.identity() RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE session_user WHEN 'hm_web' THEN nullif(current_setting('hubmeter.identity', true), '')
                             ELSE session_user::text END;
COMMENT ON FUNCTION org.identity() IS 'Who asks: the role that signed in, whatever role it takes on; where that is hm_web, who it says (the setting hubmeter.identity; null: nobody)';

CREATE FUNCTION org.sees_all() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM org.reader AS r WHERE r.login = org.identity())
                THEN EXISTS (SELECT FROM org.reader AS r
                             WHERE r.login = org.identity() AND r.scope = 'federation' AND r.valid @> now())
                ELSE session_user <> 'hm_web'
                     AND (SELECT bool_or(pg_has_role(session_user, r, 'MEMBER'))
                          FROM unnest(ARRAY['hm_finance', 'hm_controller', 'hm_auditor', 'hm_dashboard', 'hm_rater']) AS r)
           END
$$;
COMMENT ON FUNCTION org.sees_all() IS 'May whoever asks see the whole federation?';

CREATE FUNCTION org.seen_institutions() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(r.institution_id), '{}') FROM org.reader AS r
    WHERE r.login = org.identity() AND r.scope = 'institution' AND r.valid @> now()
$$;
COMMENT ON FUNCTION org.seen_institutions() IS 'The institutions that whoever asks may see all of';

CREATE FUNCTION org.unit_spans() RETURNS TABLE (unit_id integer, valid tstzmultirange)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT r.unit_id, tstzrange(NULL, NULL) AS valid FROM org.reader AS r
        WHERE r.login = org.identity() AND r.scope = 'unit' AND r.valid @> now()
        UNION
        SELECT s.unit_id, tstzrange(NULL, NULL) FROM budget.steward AS s
        WHERE s.login = org.identity() AND s.valid @> now()
        UNION
        SELECT e.unit_id, b.valid * e.valid
        FROM below AS b
        JOIN org.unit_parent AS e ON e.parent_id = b.unit_id AND e.valid && b.valid
    )
    SELECT b.unit_id, range_agg(b.valid) FROM below AS b GROUP BY b.unit_id
$$;
COMMENT ON FUNCTION org.unit_spans() IS 'The departments that whoever asks looks after or may see, with all that was ever below them, and from when to when it was';

CREATE FUNCTION org.seen_units() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.unit_id), '{}') FROM org.unit_spans() AS s
    WHERE s.valid @> tstzrange(NULL, NULL)
$$;
COMMENT ON FUNCTION org.seen_units() IS 'Of org.unit_spans() those that are always below';

CREATE FUNCTION org.moved_units() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(s.unit_id), '{}') FROM org.unit_spans() AS s
    WHERE NOT s.valid @> tstzrange(NULL, NULL)
$$;
COMMENT ON FUNCTION org.moved_units() IS 'Of org.unit_spans() the others: ask org.saw_unit() when';

CREATE FUNCTION org.saw_unit(of_unit integer, during tstzrange) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM org.unit_spans() AS s WHERE s.unit_id = of_unit AND s.valid @> during)
$$;
COMMENT ON FUNCTION org.saw_unit(integer, tstzrange) IS 'Was the department, all that time, below one that whoever asks may see?';

CREATE FUNCTION org.own_people() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(a.person_id), '{}') FROM org.alias AS a
    WHERE session_user = 'hm_web' AND a.valid @> now()
      AND (a.hub, a.username) = (split_part(org.identity(), ':', 1),
                                 substr(org.identity(), strpos(org.identity(), ':') + 1))
$$;
COMMENT ON FUNCTION org.own_people() IS 'Who it is that asks, having signed in at a hub''s web pages: one person or none';

CREATE FUNCTION org.seen_people() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT org.own_people() || coalesce(array_agg(r.person_id), '{}') FROM org.reader AS r
    WHERE r.login = org.identity() AND r.scope = 'person' AND r.valid @> now()
$$;
COMMENT ON FUNCTION org.seen_people() IS 'The people whose usage whoever asks may see: themselves';

CREATE FUNCTION org.seen_groups() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(g.group_id), '{}')
    FROM (SELECT r.group_id FROM org.reader AS r
          WHERE r.login = org.identity() AND r.scope = 'group' AND r.valid @> now()
          UNION
          SELECT m.group_id FROM org.group_member AS m
          WHERE m.person_id = ANY (org.seen_people()) AND m.role IN ('teacher', 'instructor', 'pi')
            AND m.valid @> now()) AS g
$$;
COMMENT ON FUNCTION org.seen_groups() IS 'The courses, labs and projects that whoever asks teaches, leads or may see';

CREATE FUNCTION org.named_groups() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(g.group_id), '{}')
    FROM org.user_group AS g
    JOIN org.institution AS i USING (institution_id)
    WHERE g.group_id = ANY (org.seen_groups()) AND (i.shows_names OR g.kind <> 'course')
$$;
COMMENT ON FUNCTION org.named_groups() IS 'Of org.seen_groups() those of which whoever asks may see who used what: labs and projects, and courses where the institution shows names';

CREATE FUNCTION org.seen_funds() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(r.fund_id), '{}') FROM org.reader AS r
    WHERE r.login = org.identity() AND r.scope = 'fund' AND r.valid @> now()
$$;
COMMENT ON FUNCTION org.seen_funds() IS 'The funds that whoever asks may see';

CREATE FUNCTION org.known_institutions() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT org.seen_institutions()
        || ARRAY(SELECT u.institution_id FROM org.unit AS u JOIN org.unit_spans() AS s USING (unit_id))
        || ARRAY(SELECT g.institution_id FROM org.user_group AS g WHERE g.group_id = ANY (org.seen_groups()))
        || ARRAY(SELECT f.institution_id FROM fund.fund AS f WHERE f.fund_id = ANY (org.seen_funds()))
        || ARRAY(SELECT DISTINCT s.institution_id FROM charge.person_month AS s
                 WHERE s.person_id = ANY (org.seen_people()))
$$;
COMMENT ON FUNCTION org.known_institutions() IS 'The institutions of which whoever asks may see anything';

GRANT EXECUTE ON FUNCTION org.identity(), org.sees_all(), org.seen_institutions(), org.unit_spans(), org.seen_units(),
    org.moved_units(), org.saw_unit(integer, tstzrange), org.own_people(), org.seen_people(), org.seen_groups(),
    org.named_groups(), org.seen_funds(), org.known_institutions()
    TO hm_rater, hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web;

-- A steward who asks through hubmeter-dashboard is the steward.
CREATE OR REPLACE FUNCTION budget.steward_units(with_own boolean) RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT s.unit_id, true AS is_own
        FROM budget.steward AS s
        WHERE s.login = org.identity() AND s.valid @> now()
        UNION
        SELECT e.unit_id, false
        FROM below AS b
        JOIN org.unit_parent AS e ON e.parent_id = b.unit_id AND e.valid @> now()
    )
    SELECT DISTINCT unit_id FROM below WHERE with_own OR NOT is_own
$$;

-- ------------------------------------------------------------------------------------------------
-- Policies. Those who read have no right on the schemas of these tables, so they get at them through the views of
-- report alone (0008): a table that every view joins to one of these needs no policy of its own.
-- ------------------------------------------------------------------------------------------------

ALTER TABLE org.institution ENABLE ROW LEVEL SECURITY;
CREATE POLICY works ON org.institution TO hm_rater, hm_aggregator, hm_admission, hm_hub_ro
    USING (true) WITH CHECK (true);
CREATE POLICY reads ON org.institution FOR SELECT
    TO hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web
    USING ((SELECT org.sees_all()) OR institution_id = ANY ((SELECT org.known_institutions())::integer[]));

ALTER TABLE charge.share ENABLE ROW LEVEL SECURITY;
CREATE POLICY works ON charge.share TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY reads ON charge.share FOR SELECT
    TO hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web
    USING ((SELECT org.sees_all())
           OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR unit_id = ANY ((SELECT org.seen_units())::integer[])
           OR person_id = ANY ((SELECT org.seen_people())::integer[])
           OR group_id = ANY ((SELECT org.named_groups())::integer[])
           OR (unit_id = ANY ((SELECT org.moved_units())::integer[])
               AND org.saw_unit(unit_id, tstzrange(first_slot, first_slot, '[]'))));

-- A month is seen whole or not at all: the one in which a department moved is in the details only.
ALTER TABLE charge.unit_month ENABLE ROW LEVEL SECURITY;
CREATE POLICY works ON charge.unit_month TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY reads ON charge.unit_month FOR SELECT
    TO hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web
    USING ((SELECT org.sees_all())
           OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR unit_id = ANY ((SELECT org.seen_units())::integer[])
           OR (unit_id = ANY ((SELECT org.moved_units())::integer[])
               AND org.saw_unit(unit_id, tstzrange(month - interval '2 days', month + interval '1 month 2 days'))));

ALTER TABLE charge.person_month ENABLE ROW LEVEL SECURITY;
CREATE POLICY works ON charge.person_month TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY reads ON charge.person_month FOR SELECT
    TO hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web
    USING ((SELECT org.sees_all())
           OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR unit_id = ANY ((SELECT org.seen_units())::integer[])
           OR person_id = ANY ((SELECT org.seen_people())::integer[])
           OR group_id = ANY ((SELECT org.named_groups())::integer[])
           OR (unit_id = ANY ((SELECT org.moved_units())::integer[])
               AND org.saw_unit(unit_id, tstzrange(month - interval '2 days', month + interval '1 month 2 days'))));

ALTER TABLE fund.fund ENABLE ROW LEVEL SECURITY;
CREATE POLICY works ON fund.fund TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY reads ON fund.fund FOR SELECT
    TO hm_finance, hm_controller, hm_steward, hm_auditor, hm_instructor, hm_member, hm_dashboard, hm_web
    USING ((SELECT org.sees_all())
           OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR fund_id = ANY ((SELECT org.seen_funds())::integer[]));

DROP POLICY sees_all ON budget.budget;
CREATE POLICY reads ON budget.budget FOR SELECT TO hm_finance, hm_controller, hm_auditor, hm_dashboard, hm_web
    USING ((SELECT org.sees_all()) OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR unit_id IN (SELECT budget.steward_units(true)));
DROP POLICY sees_all ON budget.alert;
CREATE POLICY reads ON budget.alert FOR SELECT TO hm_finance, hm_controller, hm_auditor, hm_dashboard, hm_web
    USING ((SELECT org.sees_all()) OR institution_id = ANY ((SELECT org.seen_institutions())::integer[])
           OR budget_id IN (SELECT budget.steward_budgets()));
GRANT SELECT ON budget.budget, budget.alert TO hm_auditor, hm_dashboard, hm_web;
GRANT EXECUTE ON FUNCTION budget.steward_units(boolean), budget.steward_budgets()
    TO hm_finance, hm_controller, hm_auditor, hm_dashboard, hm_web;

-- ------------------------------------------------------------------------------------------------
-- Files
-- ------------------------------------------------------------------------------------------------

INSERT INTO import.law
       (law,      kind,      column_name, says)
VALUES ('reader', 'readers', 'login',     'a login has one row for what it sees at a time');

INSERT INTO import.file_column
       (kind,      ordinal, column_name,      required, help)
VALUES ('org',     12,      'shows_names',    false,    'institution: yes or no: may instructors see who of a course used what; empty: no'),
       ('org',     13,      'smallest_group', false,    'institution: fewest people whose sum is shown to whoever may not see names; empty: 5'),
       ('readers', 1,       'login',          true,     'role that signs in to the database, or hub:username, proxy:name or local:name'),
       ('readers', 2,       'scope',          true,     'federation, institution, unit, group, person or fund'),
       ('readers', 3,       'institution',    false,    'code of the institution; empty: the federation'),
       ('readers', 4,       'code',           false,    'code of the department, group, person or fund; empty: all'),
       ('readers', 5,       'valid_from',     false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('readers', 6,       'valid_to',       false,    'date or instant from which it holds no more; empty: open');
