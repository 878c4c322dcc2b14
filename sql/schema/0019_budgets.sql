-- Budgets of departments, who may set them, and alerts when they or funds run out.

-- Who looks after a department's budgets signs in by a role of their own that is a member of this one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_steward') THEN
        CREATE ROLE hm_steward NOLOGIN;
        COMMENT ON ROLE hm_steward IS
            'hubmeter: sees the budgets of own departments and sets those below them; nobody signs in as it';
    END IF;
    IF NOT has_database_privilege('hm_steward', current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO hm_steward', current_database());
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role hm_steward can''t be made: %', SQLERRM
          USING ERRCODE = SQLSTATE,
                HINT = format('Have a superuser say CREATE ROLE hm_steward; GRANT CONNECT ON DATABASE %I
    TO hm_steward;',
                              current_database());
END
$$;

SET LOCAL ROLE hm_owner;

CREATE SCHEMA budget;
COMMENT ON SCHEMA budget IS 'What departments may spend in a fiscal year, who sets that, and alerts';
GRANT USAGE ON SCHEMA budget TO hm_rater, hm_finance, hm_controller, hm_steward;
GRANT USAGE ON SCHEMA report, audit, org TO hm_steward;
GRANT SELECT ON audit.migration, audit.source_file, audit.source_object TO hm_steward;
GRANT SELECT (institution_id, code, time_zone, currency, fiscal_year_start) ON org.institution TO hm_steward;
GRANT SELECT (unit_id, institution_id, code) ON org.unit TO hm_steward;

-- ------------------------------------------------------------------------------------------------
-- Budgets
-- ------------------------------------------------------------------------------------------------

CREATE TABLE budget.budget (
    budget_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    unit_id integer NOT NULL,
    fiscal_year smallint NOT NULL CHECK (fiscal_year BETWEEN 1900 AND 9999),
    amount numeric(20,2) NOT NULL CHECK (amount >= 0),
    delegated_by text NOT NULL CHECK (delegated_by <> ''),
    parent_budget_id integer CHECK (parent_budget_id <> budget_id),
    set_at timestamptz NOT NULL DEFAULT now(),
    set_by text NOT NULL DEFAULT session_user,
    UNIQUE (institution_id, fiscal_year, unit_id),
    UNIQUE (institution_id, fiscal_year, budget_id),
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    FOREIGN KEY (institution_id, fiscal_year, parent_budget_id)
        REFERENCES budget.budget (institution_id, fiscal_year, budget_id)
);
CREATE INDEX budget_parent ON budget.budget (parent_budget_id);
COMMENT ON TABLE budget.budget IS 'What a department with all below it may spend in a fiscal year; what is delegated from it never exceeds it';
COMMENT ON COLUMN budget.budget.fiscal_year IS 'Called after the calendar year it ends in (org.institution.fiscal_year_start)';
COMMENT ON COLUMN budget.budget.amount IS 'In the institution''s currency, what is delegated from it included';
COMMENT ON COLUMN budget.budget.delegated_by IS 'Who gave it, as the file says, or the role that signed in';
COMMENT ON COLUMN budget.budget.parent_budget_id IS 'The budget it is delegated from, whatever becomes of the departments; null: none';
COMMENT ON COLUMN budget.budget.set_at IS 'When it was set last (UTC)';
COMMENT ON COLUMN budget.budget.set_by IS 'The role that signed in to set it';

CREATE TABLE budget.turn (
    budget_id integer PRIMARY KEY REFERENCES budget.budget,
    turns bigint NOT NULL
);
COMMENT ON TABLE budget.turn IS 'Whose turn it is to change what is delegated from a budget: a transaction that does writes here, so that no two pass its check at once, at whatever isolation level';
COMMENT ON COLUMN budget.turn.turns IS 'How often it was checked';

GRANT SELECT ON budget.budget TO hm_rater, hm_finance, hm_controller, hm_steward;
GRANT INSERT (institution_id, unit_id, fiscal_year, amount, delegated_by, parent_budget_id),
      UPDATE (amount, delegated_by) ON budget.budget TO hm_rater, hm_steward;
GRANT UPDATE (parent_budget_id) ON budget.budget TO hm_rater;

-- ------------------------------------------------------------------------------------------------
-- Stewards
-- ------------------------------------------------------------------------------------------------

CREATE TABLE budget.steward (
    steward_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL CHECK (login <> ''),
    institution_id integer NOT NULL,
    unit_id integer NOT NULL,
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT steward_one_at_a_time EXCLUDE USING gist (login WITH =, unit_id WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT steward_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT steward_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3))
);
COMMENT ON TABLE budget.steward IS 'Who looks after a department''s budgets: sees its own and those below it, and sets those below it';
COMMENT ON COLUMN budget.steward.login IS 'The role that signs in, a member of hm_steward';
COMMENT ON COLUMN budget.steward.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN budget.steward.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN budget.steward.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN budget.steward.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN budget.steward.was_valid IS 'What valid was until then: [from, to), UTC';

GRANT SELECT, INSERT, UPDATE ON budget.steward TO hm_rater;

-- Policies stand on these two, so they stay here. The login counts, whatever role it takes on.
CREATE FUNCTION budget.steward_units(with_own boolean) RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT s.unit_id, true AS is_own
        FROM budget.steward AS s
        WHERE s.login = session_user::text AND s.valid @> now()
        UNION
        SELECT e.unit_id, false
        FROM below AS b
        JOIN org.unit_parent AS e ON e.parent_id = b.unit_id AND e.valid @> now()
    )
    SELECT DISTINCT unit_id FROM below WHERE with_own OR NOT is_own
$$;
COMMENT ON FUNCTION budget.steward_units(boolean) IS 'The departments below those that whoever signed in is steward of, as the tree is now; with these themselves or without';

CREATE FUNCTION budget.steward_budgets() RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.budget_id FROM budget.budget AS b WHERE b.unit_id IN (SELECT budget.steward_units(true))
$$;
COMMENT ON FUNCTION budget.steward_budgets() IS 'The budgets of these departments, which whoever signed in may delegate from';

GRANT EXECUTE ON FUNCTION budget.steward_units(boolean), budget.steward_budgets() TO hm_steward;

ALTER TABLE budget.budget ENABLE ROW LEVEL SECURITY;
CREATE POLICY sees_all ON budget.budget FOR SELECT TO hm_finance, hm_controller USING (true);
CREATE POLICY sets_all ON budget.budget TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY steward_sees ON budget.budget FOR SELECT TO hm_steward
    USING (unit_id IN (SELECT budget.steward_units(true)));
-- From a budget in sight only: a budget without one above would be money from nowhere.
CREATE POLICY steward_adds ON budget.budget FOR INSERT TO hm_steward
    WITH CHECK (unit_id IN (SELECT budget.steward_units(false))
                AND parent_budget_id IN (SELECT budget.steward_budgets()));
CREATE POLICY steward_sets ON budget.budget FOR UPDATE TO hm_steward
    USING (unit_id IN (SELECT budget.steward_units(false))
           AND parent_budget_id IN (SELECT budget.steward_budgets()))
    WITH CHECK (unit_id IN (SELECT budget.steward_units(false))
                AND parent_budget_id IN (SELECT budget.steward_budgets()));

-- ------------------------------------------------------------------------------------------------
-- Alerts
-- ------------------------------------------------------------------------------------------------

CREATE TABLE budget.threshold (
    threshold_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    percent smallint NOT NULL CHECK (percent BETWEEN 1 AND 999),
    UNIQUE (institution_id, percent)
);
COMMENT ON TABLE budget.threshold IS 'When an institution''s budgets and limited funds raise an alert; without rows at 50, 80 and 100 percent';
COMMENT ON COLUMN budget.threshold.percent IS 'Part of the budget or fund that is spent';

CREATE TABLE budget.alert (
    alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    budget_id integer REFERENCES budget.budget,
    fund_id integer REFERENCES fund.fund,
    percent smallint NOT NULL,
    spent numeric(20,9) NOT NULL,
    amount numeric(20,2) NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    http_status smallint,
    delivered_at timestamptz,
    CHECK (num_nonnulls(budget_id, fund_id) = 1)
);
CREATE UNIQUE INDEX alert_once ON budget.alert (budget_id, fund_id, percent) NULLS NOT DISTINCT WHERE ended_at IS NULL;
CREATE INDEX alert_waiting ON budget.alert (alert_id) WHERE delivered_at IS NULL;
COMMENT ON TABLE budget.alert IS 'That so much of a budget or fund was spent: one each time a threshold was crossed';
COMMENT ON COLUMN budget.alert.percent IS 'The threshold that was crossed';
COMMENT ON COLUMN budget.alert.spent IS 'What was spent then, to nano-units of the currency';
COMMENT ON COLUMN budget.alert.amount IS 'What the budget or fund was then';
COMMENT ON COLUMN budget.alert.raised_at IS 'When it was noticed (UTC)';
COMMENT ON COLUMN budget.alert.ended_at IS 'When it was less than the threshold again (UTC), so that the next crossing is another alert; null: it is not';
COMMENT ON COLUMN budget.alert.attempts IS 'How often it was sent to the webhook';
COMMENT ON COLUMN budget.alert.http_status IS 'What the webhook answered last; null: nothing';
COMMENT ON COLUMN budget.alert.delivered_at IS 'When the webhook took it (UTC); null: not yet';

GRANT SELECT, INSERT, DELETE ON budget.threshold TO hm_rater;
GRANT SELECT ON budget.alert TO hm_rater, hm_finance, hm_controller, hm_steward;
GRANT UPDATE (attempts, http_status, delivered_at) ON budget.alert TO hm_rater;
ALTER TABLE budget.alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY sees_all ON budget.alert FOR SELECT TO hm_finance, hm_controller USING (true);
CREATE POLICY sends_all ON budget.alert TO hm_rater USING (true) WITH CHECK (true);
CREATE POLICY steward_sees ON budget.alert FOR SELECT TO hm_steward
    USING (budget_id IN (SELECT budget.steward_budgets()));

-- ------------------------------------------------------------------------------------------------
-- Files
-- ------------------------------------------------------------------------------------------------

INSERT INTO import.law
       (law,       kind,       column_name, says)
VALUES ('steward', 'stewards', 'login',     'a login is steward of a department once at a time');

INSERT INTO import.file_column
       (kind,         ordinal, column_name,    required, help)
VALUES ('budgets',    1,       'institution',  true,     'code of the institution'),
       ('budgets',    2,       'unit',         true,     'code of the department'),
       ('budgets',    3,       'fiscal_year',  true,     'fiscal year, called after the calendar year it ends in'),
       ('budgets',    4,       'amount',       true,     'what it may spend with all below it'),
       ('budgets',    5,       'delegated_by', true,     'who gave it'),
       ('stewards',   1,       'login',        true,     'role that signs in to the database'),
       ('stewards',   2,       'institution',  true,     'code of the institution'),
       ('stewards',   3,       'unit',         true,     'code of the department whose budgets it looks after'),
       ('stewards',   4,       'valid_from',   false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('stewards',   5,       'valid_to',     false,    'date or instant from which it holds no more; empty: open'),
       ('thresholds', 1,       'institution',  true,     'code of the institution'),
       ('thresholds', 2,       'percent',      true,     'part of a budget or fund at which there is an alert, 1 to 999');
