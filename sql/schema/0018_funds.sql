-- Which money: funds, the plans that say which of them pays in which order, and what each paid.

-- Who approves plans signs in by a role of their own that is a member of this one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hm_controller') THEN
        CREATE ROLE hm_controller NOLOGIN;
        COMMENT ON ROLE hm_controller IS
            'hubmeter: approves plans that somebody else entered; nobody signs in as it';
    END IF;
    IF NOT has_database_privilege('hm_controller', current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO hm_controller', current_database());
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role hm_controller can''t be made: %', SQLERRM
          USING ERRCODE = SQLSTATE,
                HINT = format('Have a superuser say CREATE ROLE hm_controller; GRANT CONNECT ON DATABASE %I
    TO hm_controller;',
                              current_database());
END
$$;

SET LOCAL ROLE hm_owner;

CREATE SCHEMA fund;
COMMENT ON SCHEMA fund IS 'Which money pays: funds, plans and the legs of every share';
GRANT USAGE ON SCHEMA fund TO hm_rater, hm_finance, hm_controller;
GRANT USAGE ON SCHEMA report, audit TO hm_controller;
GRANT SELECT ON audit.migration, audit.source_file, audit.source_object TO hm_controller;

ALTER TABLE org.institution
    ADD COLUMN fiscal_year_start smallint NOT NULL DEFAULT 1 CHECK (fiscal_year_start BETWEEN 1 AND 12);
COMMENT ON COLUMN org.institution.fiscal_year_start IS 'First month of its fiscal year, 1 to 12; the year is called after the calendar year it ends in';

-- ------------------------------------------------------------------------------------------------
-- Money
-- ------------------------------------------------------------------------------------------------

CREATE TABLE fund.chart_segment (
    chart_segment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    position smallint NOT NULL CHECK (position > 0),
    segment text NOT NULL CHECK (segment IN ('chart', 'fund', 'org', 'account', 'program', 'activity', 'location',
                                             'project')),
    pattern text NOT NULL CHECK (pattern <> ''),
    separator text NOT NULL,
    is_optional boolean NOT NULL DEFAULT false,
    UNIQUE (institution_id, position),
    UNIQUE (institution_id, segment)
);
COMMENT ON TABLE fund.chart_segment IS 'The grammar of an institution''s chart strings: what stands where. Without rows any text will do';
COMMENT ON COLUMN fund.chart_segment.position IS 'Place in the chart string, from 1';
COMMENT ON COLUMN fund.chart_segment.segment IS 'Column of the journal that it fills';
COMMENT ON COLUMN fund.chart_segment.pattern IS 'Regular expression that the whole segment matches';
COMMENT ON COLUMN fund.chart_segment.separator IS 'What stands before the segment; of the first one empty';
COMMENT ON COLUMN fund.chart_segment.is_optional IS 'May it and what follows be left out?';

CREATE TABLE fund.fund (
    fund_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    code text NOT NULL CHECK (code <> '' AND code !~ '^\('),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('federal', 'sponsored', 'gift', 'operating', 'prepaid', 'subsidy', 'suspense',
                                       'write-off')),
    chart_string text NOT NULL CHECK (chart_string <> ''),
    is_limited boolean NOT NULL,
    overdraw numeric(20,2) NOT NULL DEFAULT 0 CHECK (overdraw >= 0),
    UNIQUE (institution_id, code),
    UNIQUE (institution_id, fund_id),
    CHECK (is_limited OR overdraw = 0)
);
COMMENT ON TABLE fund.fund IS 'Money with a purpose: an award, a gift, a department''s operating budget. What it is worth and when it may pay stands in fund.amendment';
COMMENT ON COLUMN fund.fund.code IS 'What files and reports call it';
COMMENT ON COLUMN fund.fund.kind IS 'federal and sponsored are awards, which must not make up for one another (2 CFR 200.405(c)); gift, operating, prepaid, subsidy (somebody else pays a part instead of a lower rate), suspense, write-off';
COMMENT ON COLUMN fund.fund.chart_string IS 'Where it stands in the institution''s chart of accounts (fund.chart_segment)';
COMMENT ON COLUMN fund.fund.is_limited IS 'Has it an amount? Then it pays that and its overdraw and no more';
COMMENT ON COLUMN fund.fund.overdraw IS 'By how much it may go below zero, in the institution''s currency';

CREATE TABLE fund.amendment (
    amendment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id integer NOT NULL REFERENCES fund.fund,
    kind text NOT NULL CHECK (kind IN ('award', 'increment', 'extension', 'carry-over', 'de-obligation', 'transfer')),
    amount numeric(20,2) NOT NULL,
    first_day date,
    last_day date,
    last_posting date,
    effective date NOT NULL,
    reference text NOT NULL CHECK (reference <> ''),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT session_user,
    UNIQUE (fund_id, reference),
    CHECK (last_day >= first_day),
    CHECK (CASE kind WHEN 'increment' THEN amount > 0
                     WHEN 'extension' THEN amount = 0 AND last_day IS NOT NULL
                     WHEN 'carry-over' THEN amount > 0
                     WHEN 'de-obligation' THEN amount < 0
                     WHEN 'transfer' THEN amount <> 0
                     ELSE amount >= 0 END)
);
COMMENT ON TABLE fund.amendment IS 'What became of a fund: its award and every change of it. Rows are only ever added; a wrong one is made good by another';
COMMENT ON COLUMN fund.amendment.kind IS 'award: the first; increment, carry-over: more money; extension: more time without money (no-cost extension); de-obligation: less; transfer: from or to another fund, with the same reference there';
COMMENT ON COLUMN fund.amendment.amount IS 'Added to what the fund is worth, in the institution''s currency; negative: taken away';
COMMENT ON COLUMN fund.amendment.first_day IS 'First day of the period of performance from now on, in the institution''s calendar; null: as before, in the award: ever since';
COMMENT ON COLUMN fund.amendment.last_day IS 'Its last day; null: as before, in the award: open';
COMMENT ON COLUMN fund.amendment.last_posting IS 'Last day on which it may be charged; null: as before, and where nothing says it 120 days after the last day (2 CFR 200.344)';
COMMENT ON COLUMN fund.amendment.effective IS 'Day of the usage from which the amount counts';
COMMENT ON COLUMN fund.amendment.reference IS 'Number of the notice or of the letter';
COMMENT ON COLUMN fund.amendment.recorded_at IS 'When we learned of it (UTC)';
COMMENT ON COLUMN fund.amendment.recorded_by IS 'The role that signed in';

-- ------------------------------------------------------------------------------------------------
-- Rules
-- ------------------------------------------------------------------------------------------------

CREATE TABLE fund.plan (
    plan_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    code text NOT NULL CHECK (code <> '' AND code !~ '^\('),
    UNIQUE (institution_id, code),
    UNIQUE (institution_id, plan_id)
);
COMMENT ON TABLE fund.plan IS 'Which funds pay, in which order and in which parts';
COMMENT ON COLUMN fund.plan.code IS 'What files and reports call it';

CREATE TABLE fund.plan_version (
    plan_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id integer NOT NULL REFERENCES fund.plan,
    valid_from timestamptz NOT NULL CHECK (usage.is_slot_start(valid_from)),
    basis text NOT NULL CHECK (basis <> ''),
    author text NOT NULL CHECK (author <> ''),
    approver text CHECK (approver <> author),
    entered_at timestamptz NOT NULL DEFAULT now(),
    entered_by text NOT NULL DEFAULT session_user,
    approved_at timestamptz,
    approved_by text CHECK (approved_by <> entered_by),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    CHECK (num_nulls(approved_at, approved_by) IN (0, 2)),
    CHECK (num_nulls(voided_at, void_reason) IN (0, 2))
);
CREATE UNIQUE INDEX plan_version_once ON fund.plan_version (plan_id, valid_from) WHERE voided_at IS NULL;
COMMENT ON TABLE fund.plan_version IS 'A plan as it is from some time on, until the next version that is approved';
COMMENT ON COLUMN fund.plan_version.valid_from IS 'Usage from then on is paid by it (UTC)';
COMMENT ON COLUMN fund.plan_version.basis IS 'Why it is split so, in words (2 CFR 200.405(d))';
COMMENT ON COLUMN fund.plan_version.author IS 'Who wrote it, as the file says';
COMMENT ON COLUMN fund.plan_version.approver IS 'Who approved it, as the file says: that counts for usage before the database was made (fund.history_ends)';
COMMENT ON COLUMN fund.plan_version.entered_at IS 'When it was entered (UTC)';
COMMENT ON COLUMN fund.plan_version.entered_by IS 'The role that signed in to enter it';
COMMENT ON COLUMN fund.plan_version.approved_at IS 'When it was approved here (UTC); null: not yet, and it pays nothing';
COMMENT ON COLUMN fund.plan_version.approved_by IS 'The role that signed in to approve it: another than the one that entered it';
COMMENT ON COLUMN fund.plan_version.voided_at IS 'When it was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN fund.plan_version.void_reason IS 'Why it is wrong';

CREATE TABLE fund.plan_leg (
    plan_leg_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_version_id integer NOT NULL REFERENCES fund.plan_version,
    tier smallint NOT NULL CHECK (tier BETWEEN 1 AND 99),
    sequence smallint NOT NULL CHECK (sequence BETWEEN 1 AND 999),
    fund_id integer NOT NULL REFERENCES fund.fund,
    weight_ppm integer NOT NULL CHECK (weight_ppm BETWEEN 1 AND 1000000),
    cap numeric(20,2) CHECK (cap >= 0),
    cap_window text CHECK (cap_window IN ('life', 'fiscal_year', 'month')),
    only_classes text[] CHECK (only_classes <> '{}'),
    on_exhaust text NOT NULL CHECK (on_exhaust IN ('spill', 'redistribute', 'overdraw', 'deny')),
    UNIQUE (plan_version_id, tier, sequence),
    UNIQUE (plan_version_id, tier, fund_id),
    CHECK (num_nulls(cap, cap_window) IN (0, 2))
);
COMMENT ON TABLE fund.plan_leg IS 'Part of a plan: what a tier cannot pay goes to the next one; the legs of a tier share by weight';
COMMENT ON COLUMN fund.plan_leg.tier IS 'Order, from 1; the last one pays whatever is left';
COMMENT ON COLUMN fund.plan_leg.sequence IS 'Place within the tier, from 1; ties in splitting go to the lower one';
COMMENT ON COLUMN fund.plan_leg.weight_ppm IS 'Part of what reaches the tier, in parts per million; those of a tier add up to 1,000,000';
COMMENT ON COLUMN fund.plan_leg.cap IS 'No more than this of the fund under this plan, in the institution''s currency; null: as much as the fund has';
COMMENT ON COLUMN fund.plan_leg.cap_window IS 'In which time: life, fiscal_year or month of the usage, in the institution''s calendar';
COMMENT ON COLUMN fund.plan_leg.only_classes IS 'Classes of machine that it pays for (usage.resource_class; empty text: usage without a class); null: all';
COMMENT ON COLUMN fund.plan_leg.on_exhaust IS 'What it has no more money for goes to the next tier (spill; deny: and admission refuses new servers), to the other legs of the tier (redistribute), or is paid all the same (overdraw)';

CREATE TABLE fund.assignment (
    assignment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL,
    plan_id integer NOT NULL,
    scope text NOT NULL CHECK (scope IN ('unit', 'group', 'person', 'tag')),
    unit_id integer,
    group_id integer REFERENCES org.user_group,
    person_id integer REFERENCES org.person,
    tag text CHECK (tag <> ''),
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    FOREIGN KEY (institution_id, plan_id) REFERENCES fund.plan (institution_id, plan_id),
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT assignment_scope CHECK (num_nonnulls(unit_id, group_id, person_id, tag) = 1
        AND CASE scope WHEN 'unit' THEN unit_id IS NOT NULL WHEN 'group' THEN group_id IS NOT NULL
                       WHEN 'person' THEN person_id IS NOT NULL ELSE tag IS NOT NULL END),
    CONSTRAINT assignment_one_at_a_time
        EXCLUDE USING gist (institution_id WITH =, scope WITH =, coalesce(unit_id, group_id, person_id, 0) WITH =,
                            coalesce(tag, '') WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT assignment_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT assignment_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3))
);
COMMENT ON TABLE fund.assignment IS 'Whose charges a plan pays. The first that holds counts: the tag of the server, the group, the person, the department and then what it belongs to';
COMMENT ON COLUMN fund.assignment.institution_id IS 'Whose plan it is, and who is charged';
COMMENT ON COLUMN fund.assignment.unit_id IS 'scope unit: the department and all below it that have no plan of their own';
COMMENT ON COLUMN fund.assignment.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN fund.assignment.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN fund.assignment.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN fund.assignment.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN fund.assignment.was_valid IS 'What valid was until then: [from, to), UTC';

CREATE TABLE fund.cap (
    cap_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    scope text NOT NULL CHECK (scope IN ('fund', 'plan', 'unit', 'person')),
    fund_id integer,
    plan_id integer,
    unit_id integer,
    person_id integer REFERENCES org.person,
    amount numeric(20,2) NOT NULL CHECK (amount >= 0),
    cap_window text NOT NULL CHECK (cap_window IN ('life', 'fiscal_year', 'month')),
    overdraw numeric(20,2) NOT NULL DEFAULT 0 CHECK (overdraw >= 0),
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    FOREIGN KEY (institution_id, fund_id) REFERENCES fund.fund (institution_id, fund_id),
    FOREIGN KEY (institution_id, plan_id) REFERENCES fund.plan (institution_id, plan_id),
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT cap_scope CHECK (num_nonnulls(fund_id, plan_id, unit_id, person_id) = 1
        AND CASE scope WHEN 'fund' THEN fund_id IS NOT NULL WHEN 'plan' THEN plan_id IS NOT NULL
                       WHEN 'unit' THEN unit_id IS NOT NULL ELSE person_id IS NOT NULL END),
    CONSTRAINT cap_one_at_a_time
        EXCLUDE USING gist (institution_id WITH =, scope WITH =, coalesce(fund_id, plan_id, unit_id, person_id) WITH =,
                            cap_window WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT cap_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT cap_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3))
);
COMMENT ON TABLE fund.cap IS 'How much may be paid in a time: by a fund, or for a plan, a department with all below it, or a person. The last tier of a plan is not bound by the latter three: it pays what nothing else may';
COMMENT ON COLUMN fund.cap.institution_id IS 'Who is charged';
COMMENT ON COLUMN fund.cap.amount IS 'In the institution''s currency';
COMMENT ON COLUMN fund.cap.cap_window IS 'life, fiscal_year or month of the usage, in the institution''s calendar';
COMMENT ON COLUMN fund.cap.overdraw IS 'By how much it may be exceeded';
COMMENT ON COLUMN fund.cap.valid IS 'Usage that it holds for: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN fund.cap.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN fund.cap.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN fund.cap.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN fund.cap.was_valid IS 'What valid was until then: [from, to), UTC';

GRANT SELECT, INSERT, UPDATE ON fund.fund, fund.plan, fund.assignment, fund.cap TO hm_rater;
GRANT SELECT, INSERT ON fund.amendment, fund.plan_leg TO hm_rater;
GRANT SELECT, INSERT (plan_id, valid_from, basis, author, approver), UPDATE (voided_at, void_reason)
    ON fund.plan_version TO hm_rater; -- the rest is fund.approve_plan's
GRANT SELECT, INSERT, UPDATE, DELETE ON fund.chart_segment TO hm_rater;

-- ------------------------------------------------------------------------------------------------
-- What each fund paid
-- ------------------------------------------------------------------------------------------------

-- Partitioned as charge.share is, by the usage month of the institution that is charged.
CREATE TABLE fund.leg (
    line_id bigint NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    hub_id integer NOT NULL,
    day date NOT NULL,
    institution_id integer NOT NULL,
    unit_id integer,
    person_id integer,
    fund_id integer,
    plan_leg_id integer,
    sequence smallint NOT NULL CHECK (sequence > 0),
    leg smallint NOT NULL CHECK (leg > 0),
    reason text,
    amount numeric(20,9) NOT NULL CHECK (amount <> 0),
    currency text NOT NULL,
    -- Whoever was charged before keeps legs until that institution is funded anew.
    PRIMARY KEY (hub_id, day, line_id, sequence, leg, period, institution_id, month),
    CONSTRAINT leg_period CHECK (period >= month),
    CONSTRAINT leg_fund CHECK ((fund_id IS NULL) = (plan_leg_id IS NULL)),
    CONSTRAINT leg_reason CHECK ((fund_id IS NULL) = (reason IS NOT NULL))
) PARTITION BY RANGE (month);
CREATE INDEX leg_of_day ON fund.leg (institution_id, day);
COMMENT ON TABLE fund.leg IS 'Which money paid: the parts of a share (charge.share), which add up to its amount. Shares of amount 0 have none';
COMMENT ON COLUMN fund.leg.line_id IS 'As the share''s';
COMMENT ON COLUMN fund.leg.sequence IS 'As the share''s';
COMMENT ON COLUMN fund.leg.leg IS 'Number within the share, from 1, in the order of the plan';
COMMENT ON COLUMN fund.leg.month IS 'As the share''s: usage month, in the calendar of the institution charged';
COMMENT ON COLUMN fund.leg.period IS 'Posting period of that institution: first day of the month it is booked in; the usage month, or a later one where that was closed';
COMMENT ON COLUMN fund.leg.hub_id IS 'As the share''s';
COMMENT ON COLUMN fund.leg.day IS 'As the share''s: the UTC day of the usage';
COMMENT ON COLUMN fund.leg.institution_id IS 'Who is charged, and whose fund it is';
COMMENT ON COLUMN fund.leg.unit_id IS 'As the share''s';
COMMENT ON COLUMN fund.leg.person_id IS 'As the share''s';
COMMENT ON COLUMN fund.leg.fund_id IS 'The fund; null: none pays yet';
COMMENT ON COLUMN fund.leg.plan_leg_id IS 'The leg of the plan by which it pays; null: none';
COMMENT ON COLUMN fund.leg.reason IS 'Why no fund pays, in words';
COMMENT ON COLUMN fund.leg.amount IS 'Part of the share''s amount, to nano-units of the currency; negative: a credit';
COMMENT ON COLUMN fund.leg.currency IS 'As the share''s: ISO 4217 code';

CREATE TABLE fund.day_total (
    institution_id integer NOT NULL,
    day date NOT NULL,
    month date NOT NULL,
    period date NOT NULL,
    plan_leg_id integer,
    unit_id integer,
    currency text NOT NULL,
    amount numeric(20,9) NOT NULL,
    UNIQUE NULLS NOT DISTINCT (institution_id, day, month, period, plan_leg_id, unit_id, currency)
);
COMMENT ON TABLE fund.day_total IS 'Sums of fund.leg by day, leg of a plan and department, so that balances need not read every leg';
COMMENT ON COLUMN fund.day_total.day IS 'UTC day of the usage';
COMMENT ON COLUMN fund.day_total.month IS 'As the legs'': usage month, in the calendar of the institution charged';
COMMENT ON COLUMN fund.day_total.period IS 'As the legs'': first day of the month it is booked in';
COMMENT ON COLUMN fund.day_total.plan_leg_id IS 'Null: no fund pays yet';
COMMENT ON COLUMN fund.day_total.amount IS 'Sum of the legs, to nano-units of the currency';

CREATE TABLE fund.dirty_day (
    institution_id integer NOT NULL,
    day date NOT NULL,
    hub_id integer NOT NULL,
    PRIMARY KEY (institution_id, day, hub_id)
);
COMMENT ON TABLE fund.dirty_day IS 'Hub-days whose shares changed since they were funded last';
COMMENT ON COLUMN fund.dirty_day.institution_id IS 'Who is charged';
COMMENT ON COLUMN fund.dirty_day.day IS 'UTC day of the usage';

CREATE TABLE fund.dirty_since (
    institution_id integer NOT NULL,
    is_capped_only boolean NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (institution_id, is_capped_only)
);
COMMENT ON TABLE fund.dirty_since IS 'Institutions whose charges have to be funded anew from a day on: funds, plans or caps changed, or what was left of them on that day';
COMMENT ON COLUMN fund.dirty_since.is_capped_only IS 'Only those that a cap may concern?';
COMMENT ON COLUMN fund.dirty_since.day IS 'UTC day of the usage';

CREATE TABLE fund.run_total (
    run_id bigint NOT NULL REFERENCES charge.run,
    institution_id integer NOT NULL,
    month date NOT NULL,
    fund_id integer,
    currency text NOT NULL,
    before numeric(20,9) NOT NULL,
    after numeric(20,9) NOT NULL,
    UNIQUE NULLS NOT DISTINCT (run_id, institution_id, month, fund_id, currency)
);
COMMENT ON TABLE fund.run_total IS 'What each fund paid for the days that a run funded anew, before the run and after it; a row only where these differ';
COMMENT ON COLUMN fund.run_total.month IS 'First day of the usage month, in the calendar of the institution charged';
COMMENT ON COLUMN fund.run_total.fund_id IS 'Null: no fund paid';
COMMENT ON COLUMN fund.run_total.before IS 'To nano-units of the currency';
COMMENT ON COLUMN fund.run_total.after IS 'To nano-units of the currency';

GRANT SELECT ON fund.leg, fund.day_total, fund.dirty_day, fund.dirty_since, fund.run_total TO hm_rater;

ALTER TABLE charge.run DROP CONSTRAINT run_reason_check,
    ADD CONSTRAINT run_reason_check CHECK (reason IN ('usage', 'import', 'correction', 'upgrade', 'bill', 'funding'));
COMMENT ON COLUMN charge.run.reason IS 'usage: new or late usage; import: a file of reference data; correction: a row that was changed or voided by hand; bill: a bill or what it is distributed by; funding: which funds pay for it; upgrade: a new release of hubmeter';

-- A statement that changes shares leaves its hub-days behind, for each institution that is charged.
CREATE FUNCTION fund.note_dirty_day() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO fund.dirty_day
        SELECT DISTINCT institution_id, day, hub_id FROM after ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO fund.dirty_day
        SELECT DISTINCT institution_id, day, hub_id FROM before ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION fund.note_dirty_day() IS 'Trigger: have the shares of the hub-days that the statement touched funded anew';

CREATE FUNCTION fund.guard(shares regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER fund_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION fund.note_dirty_day()', shares);
    EXECUTE format('CREATE TRIGGER fund_update AFTER UPDATE ON %s
                    REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION fund.note_dirty_day()', shares);
    EXECUTE format('CREATE TRIGGER fund_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                    FOR EACH STATEMENT EXECUTE FUNCTION fund.note_dirty_day()', shares);
END
$$;
COMMENT ON FUNCTION fund.guard(regclass) IS 'As charge.guard: make the triggers that note what has to be funded, for charge.share or a partition of it';

SELECT charge.guard('fund.leg'), fund.guard('charge.share');
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN
        SELECT inhrelid::regclass AS shares, to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM') AS month
        FROM pg_inherits WHERE inhparent = 'charge.share'::regclass
    LOOP
        PERFORM fund.guard(p.shares);
        EXECUTE format('CREATE TABLE fund.%I PARTITION OF fund.leg FOR VALUES FROM (%L) TO (%L)',
                       'leg' || to_char(p.month, '_YYYY_MM'), p.month, p.month + interval '1 month');
        PERFORM charge.guard(format('fund.%I', 'leg' || to_char(p.month, '_YYYY_MM')));
    END LOOP;
    INSERT INTO fund.dirty_day SELECT DISTINCT institution_id, day, hub_id FROM charge.share;
END
$$;

-- ------------------------------------------------------------------------------------------------
-- Files
-- ------------------------------------------------------------------------------------------------

INSERT INTO import.law
       (law,          kind,          column_name,  says)
VALUES ('plan',       'plans',       'valid_from', 'a plan has one version from an instant on'),
       ('assignment', 'assignments', 'code',       'whoever a plan pays for has one plan at a time'),
       ('cap',        'caps',        'code',       'a cap of a scope and window holds once at a time');

INSERT INTO import.file_column
       (kind,             ordinal, column_name,         required, help)
VALUES ('org',            10,      'fiscal_year_start', false,    'institution: first month of its fiscal year, 1 to 12; empty: 1'),
       ('chart-segments', 1,       'institution',       true,     'code of the institution'),
       ('chart-segments', 2,       'position',          true,     'place in the chart string, from 1'),
       ('chart-segments', 3,       'segment',           true,     'column of the journal: chart, fund, org, account, program, activity, location or project'),
       ('chart-segments', 4,       'pattern',           true,     'regular expression that the whole segment matches'),
       ('chart-segments', 5,       'separator',         false,    'what stands before it; empty for the first, else a hyphen'),
       ('chart-segments', 6,       'optional',          false,    'yes: it and what follows may be left out; no or empty'),
       ('funds',          1,       'institution',       true,     'code of the institution whose money it is'),
       ('funds',          2,       'fund',              true,     'code of the fund'),
       ('funds',          3,       'name',              true,     'name of the fund'),
       ('funds',          4,       'kind',              true,     'federal, sponsored, gift, operating, prepaid, subsidy, suspense or write-off'),
       ('funds',          5,       'chart_string',      true,     'where it stands in the chart of accounts'),
       ('funds',          6,       'start',             false,    'first day of the period of performance; empty: ever since'),
       ('funds',          7,       'end',               false,    'its last day; empty: open'),
       ('funds',          8,       'last_posting',      false,    'last day on which it may be charged; empty: 120 days after the end'),
       ('funds',          9,       'amount',            false,    'what was awarded; empty: no limit'),
       ('funds',          10,      'overdraw',          false,    'by how much it may go below zero; empty: 0'),
       ('amendments',     1,       'institution',       true,     'code of the institution'),
       ('amendments',     2,       'fund',              true,     'code of the fund'),
       ('amendments',     3,       'kind',              true,     'increment, extension, carry-over, de-obligation or transfer'),
       ('amendments',     4,       'amount',            false,    'added to the fund; negative: taken away; empty: 0'),
       ('amendments',     5,       'start',             false,    'new first day of the period of performance; empty: as before'),
       ('amendments',     6,       'end',               false,    'its new last day; empty: as before'),
       ('amendments',     7,       'last_posting',      false,    'new last day on which it may be charged; empty: as before'),
       ('amendments',     8,       'effective',         true,     'day of the usage from which the amount counts'),
       ('amendments',     9,       'reference',         true,     'number of the notice or of the letter'),
       ('plans',          1,       'institution',       true,     'code of the institution'),
       ('plans',          2,       'plan',              true,     'code of the plan'),
       ('plans',          3,       'valid_from',        true,     'date or instant (RFC 3339) from which this version holds'),
       ('plans',          4,       'tier',              true,     'order, from 1; the last tier pays whatever is left'),
       ('plans',          5,       'leg',               true,     'place within the tier, from 1'),
       ('plans',          6,       'fund',              true,     'code of the fund that pays'),
       ('plans',          7,       'weight_ppm',        true,     'part of what reaches the tier, in parts per million'),
       ('plans',          8,       'cap',               false,    'no more than this; empty: as much as the fund has'),
       ('plans',          9,       'cap_window',        false,    'life, fiscal_year or month; empty: life'),
       ('plans',          10,      'only_classes',      false,    'classes of machine that it pays for, with blanks between, (none): usage without one; empty: all'),
       ('plans',          11,      'on_exhaust',        false,    'spill, redistribute, overdraw or deny; empty: spill'),
       ('plans',          12,      'basis',             true,     'why it is split so, in words; once a version is enough'),
       ('plans',          13,      'author',            true,     'who wrote it'),
       ('plans',          14,      'approver',          false,    'who approved it before it came here; empty: hubmeter plan approve'),
       ('assignments',    1,       'institution',       true,     'code of the institution'),
       ('assignments',    2,       'plan',              true,     'code of its plan'),
       ('assignments',    3,       'scope',             true,     'unit, group, person or tag'),
       ('assignments',    4,       'code',              true,     'code of the department or group, key of the person, or the tag'),
       ('assignments',    5,       'valid_from',        false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('assignments',    6,       'valid_to',          false,    'date or instant from which it holds no more; empty: open'),
       ('caps',           1,       'institution',       true,     'code of the institution that is charged'),
       ('caps',           2,       'scope',             true,     'fund, plan, unit or person'),
       ('caps',           3,       'code',              true,     'code of the fund, plan or department, or key of the person'),
       ('caps',           4,       'amount',            true,     'no more than this'),
       ('caps',           5,       'window',            true,     'life, fiscal_year or month'),
       ('caps',           6,       'overdraw',          false,    'by how much it may be exceeded; empty: 0'),
       ('caps',           7,       'valid_from',        false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('caps',           8,       'valid_to',          false,    'date or instant from which it holds no more; empty: open');
