-- Months that close: what was charged in them never changes again, and what is found out later is booked in the
-- month that is open by then. The trigger functions here hold that whoever writes.
SET LOCAL ROLE hm_owner;

CREATE SCHEMA ledger;
COMMENT ON SCHEMA ledger IS 'Months that close, what was posted in them, and the proof that it is still that';
GRANT USAGE ON SCHEMA ledger TO hm_rater, hm_finance, hm_controller, hm_steward;

CREATE TABLE ledger.period (
    institution_id integer NOT NULL REFERENCES org.institution CHECK (institution_id <> 0),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    state text NOT NULL CHECK (state IN ('open', 'soft', 'closed')),
    review_until date,
    prepared_by text NOT NULL DEFAULT session_user,
    prepared_at timestamptz NOT NULL DEFAULT now(),
    closed_by text CHECK (closed_by <> prepared_by),
    closed_at timestamptz,
    PRIMARY KEY (institution_id, month),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (num_nulls(closed_at, closed_by) IN (0, 2)),
    CHECK ((state = 'open') = (review_until IS NULL))
);
COMMENT ON TABLE ledger.period IS 'Posting months of institutions that somebody began to close; all others are open';
COMMENT ON COLUMN ledger.period.month IS 'Its first day, in the calendar of the institution';
COMMENT ON COLUMN ledger.period.state IS 'open: opened again, charges may change; soft: charges stand and are being reviewed; closed: for ever';
COMMENT ON COLUMN ledger.period.review_until IS 'Last day of the review, in the calendar of the institution; null: open';
COMMENT ON COLUMN ledger.period.prepared_by IS 'The role that signed in to begin the review';
COMMENT ON COLUMN ledger.period.prepared_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.period.closed_by IS 'The role that signed in to close it: another one';
COMMENT ON COLUMN ledger.period.closed_at IS 'When (UTC)';

CREATE TABLE ledger.period_change (
    institution_id integer NOT NULL,
    month date NOT NULL,
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    state text NOT NULL,
    reason text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT session_user,
    PRIMARY KEY (institution_id, month, change_id),
    FOREIGN KEY (institution_id, month) REFERENCES ledger.period
);
COMMENT ON TABLE ledger.period_change IS 'What became of a period, and who did it. Rows are only ever added';
COMMENT ON COLUMN ledger.period_change.month IS 'As the period''s';
COMMENT ON COLUMN ledger.period_change.state IS 'What it is from then on';
COMMENT ON COLUMN ledger.period_change.reason IS 'Why it was opened again; null: otherwise';
COMMENT ON COLUMN ledger.period_change.changed_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.period_change.changed_by IS 'The role that signed in';

CREATE TABLE ledger.waiver (
    waiver_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    item text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    waived_at timestamptz NOT NULL DEFAULT now(),
    waived_by text NOT NULL DEFAULT session_user
);
CREATE INDEX waiver_of_period ON ledger.waiver (institution_id, month);
COMMENT ON TABLE ledger.waiver IS 'What a month was closed in spite of (report.close_readiness), and who answers for it. Rows are only ever added';
COMMENT ON COLUMN ledger.waiver.month IS 'The period: first day of the month in the calendar of the institution';
COMMENT ON COLUMN ledger.waiver.item IS 'What is not ready';
COMMENT ON COLUMN ledger.waiver.subject IS 'Which hub, source, plan or fund';
COMMENT ON COLUMN ledger.waiver.detail IS 'How it stood when it was waived: what gets worse afterwards is not waived';
COMMENT ON COLUMN ledger.waiver.reason IS 'Why it may be closed all the same';
COMMENT ON COLUMN ledger.waiver.waived_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.waiver.waived_by IS 'The role that signed in';

CREATE TABLE ledger.policy (
    institution_id integer PRIMARY KEY REFERENCES org.institution,
    review_days smallint NOT NULL DEFAULT 10 CHECK (review_days BETWEEN 0 AND 60),
    late_periods smallint NOT NULL DEFAULT 2 CHECK (late_periods BETWEEN 0 AND 120),
    late_plan_id integer,
    recovery text CHECK (recovery <> ''),
    due_from text CHECK (due_from <> ''),
    due_to text CHECK (due_to <> ''),
    suspense text CHECK (suspense <> ''),
    FOREIGN KEY (institution_id, late_plan_id) REFERENCES fund.plan (institution_id, plan_id)
);
COMMENT ON TABLE ledger.policy IS 'How an institution closes its months; without a row as the defaults say';
COMMENT ON COLUMN ledger.policy.review_days IS 'Working days, Monday to Friday, from the day after the review began';
COMMENT ON COLUMN ledger.policy.late_periods IS 'How many months after that of the usage charges may still be posted to whoever would have paid';
COMMENT ON COLUMN ledger.policy.late_plan_id IS 'The plan that pays for charges that come later than that, as a rule one with the write-off fund; null: the plan that would have paid in time';
COMMENT ON COLUMN ledger.policy.recovery IS 'Chart string that is credited with what is charged for own hubs';
COMMENT ON COLUMN ledger.policy.due_from IS 'Chart string of what other institutions owe';
COMMENT ON COLUMN ledger.policy.due_to IS 'Chart string of what is owed to other institutions';
COMMENT ON COLUMN ledger.policy.suspense IS 'Chart string of what no fund pays yet';

CREATE TABLE ledger.digest (
    institution_id integer NOT NULL,
    month date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('usage', 'charges', 'entries')),
    day date NOT NULL,
    n_rows bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (institution_id, month, kind, day),
    FOREIGN KEY (institution_id, month) REFERENCES ledger.period
);
COMMENT ON TABLE ledger.digest IS 'What a closed month held, so that ledger.verify() finds whatever became otherwise since: SHA-256 over one line of text for each row, in order';
COMMENT ON COLUMN ledger.digest.month IS 'The period: first day of the month in the calendar of the institution';
COMMENT ON COLUMN ledger.digest.kind IS 'usage: quantities that were charged; charges: who pays for them, and which money; entries: what was posted';
COMMENT ON COLUMN ledger.digest.day IS 'UTC day of the usage; of entries the first day of the period';
COMMENT ON COLUMN ledger.digest.n_rows IS 'How many rows';
COMMENT ON COLUMN ledger.digest.sha256 IS 'Of the rows of the day (ledger.rendering)';

INSERT INTO import.file_column
       (kind,      ordinal, column_name,    required, help)
VALUES ('closing', 1,       'institution',  true,     'code of the institution whose months close so'),
       ('closing', 2,       'review_days',  false,    'working days that a review lasts; empty: 10'),
       ('closing', 3,       'late_months',  false,    'how many months late a charge may be posted; empty: 2'),
       ('closing', 4,       'late_plan',    false,    'plan that pays for what comes later; empty: as if in time'),
       ('closing', 5,       'recovery',     true,     'chart string that is credited with what own hubs charge'),
       ('closing', 6,       'due_from',     false,    'chart string of what other institutions owe'),
       ('closing', 7,       'due_to',       false,    'chart string of what is owed to other institutions'),
       ('closing', 8,       'suspense',     false,    'chart string of what no fund pays yet');

GRANT SELECT, INSERT, UPDATE ON ledger.policy TO hm_rater;
GRANT SELECT ON ledger.period, ledger.policy TO hm_rater, hm_finance, hm_controller;
GRANT SELECT ON ledger.waiver, ledger.period_change, ledger.digest TO hm_finance, hm_controller;

-- ------------------------------------------------------------------------------------------------
-- What people say in a review
-- ------------------------------------------------------------------------------------------------

CREATE TABLE ledger.question (
    question_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    line_id bigint NOT NULL,
    question text NOT NULL CHECK (question <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    asked_by text NOT NULL DEFAULT session_user,
    answer text CHECK (answer <> ''),
    answered_at timestamptz,
    answered_by text,
    CHECK (num_nulls(answer, answered_at, answered_by) IN (0, 3))
);
CREATE INDEX question_of_period ON ledger.question (institution_id, period);
COMMENT ON TABLE ledger.question IS 'Charges that somebody questioned in a review: the month does not close before each is answered, or waived';
COMMENT ON COLUMN ledger.question.institution_id IS 'Who is charged';
COMMENT ON COLUMN ledger.question.period IS 'The month under review: its first day';
COMMENT ON COLUMN ledger.question.line_id IS 'charge.line';
COMMENT ON COLUMN ledger.question.question IS 'What is wrong with it';
COMMENT ON COLUMN ledger.question.asked_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.question.asked_by IS 'The role that signed in';
COMMENT ON COLUMN ledger.question.answer IS 'What came of it; null: nothing yet';
COMMENT ON COLUMN ledger.question.answered_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.question.answered_by IS 'The role that signed in';

CREATE TABLE fund.repointing (
    repointing_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL,
    line_id bigint NOT NULL,
    plan_id integer NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    repointed_at timestamptz NOT NULL DEFAULT now(),
    repointed_by text NOT NULL DEFAULT session_user,
    is_funded boolean NOT NULL DEFAULT false,
    FOREIGN KEY (institution_id, plan_id) REFERENCES fund.plan (institution_id, plan_id)
);
CREATE INDEX repointing_of_line ON fund.repointing (line_id);
COMMENT ON TABLE fund.repointing IS 'Charges that a plan pays because somebody said so, whatever is assigned; the last one counts';
COMMENT ON COLUMN fund.repointing.institution_id IS 'Who is charged, and whose plan it is';
COMMENT ON COLUMN fund.repointing.line_id IS 'charge.line: what that institution pays of it, and corrections of it';
COMMENT ON COLUMN fund.repointing.reason IS 'Why';
COMMENT ON COLUMN fund.repointing.repointed_at IS 'When (UTC)';
COMMENT ON COLUMN fund.repointing.repointed_by IS 'The role that signed in';
COMMENT ON COLUMN fund.repointing.is_funded IS 'Is it in the legs yet?';
GRANT SELECT ON ledger.question, fund.repointing TO hm_rater, hm_finance, hm_controller;

-- ------------------------------------------------------------------------------------------------
-- The posting period of what somebody pays
-- ------------------------------------------------------------------------------------------------

ALTER TABLE charge.share ADD COLUMN period date CHECK (extract(day FROM period) = 1);
ALTER TABLE charge.share DISABLE TRIGGER USER;
UPDATE charge.share SET period = month;
ALTER TABLE charge.share ENABLE TRIGGER USER;
ALTER TABLE charge.share
    ALTER COLUMN period SET NOT NULL,
    ADD CONSTRAINT share_period CHECK (period >= month);
COMMENT ON COLUMN charge.share.period IS 'Posting period in the calendar of the institution charged: first day of the month it is booked in; the usage month, or a later one where that, or the month of the line, was closed';

-- ------------------------------------------------------------------------------------------------
-- The constraint: nothing of a month that is not open is written, changed or taken away; also the sums of legs, which
-- say what is left of funds and caps
-- ------------------------------------------------------------------------------------------------

CREATE TABLE ledger.turn (turns bigint NOT NULL);
COMMENT ON TABLE ledger.turn IS 'One row. Whoever writes charges or entries holds it until they have committed; whoever begins or finishes to close a month waits for them and changes it, so that nobody goes by what was so before, at whatever isolation level';
COMMENT ON COLUMN ledger.turn.turns IS 'How often a period changed';
INSERT INTO ledger.turn VALUES (0);

CREATE FUNCTION ledger.frozen_until(of_institution integer) RETURNS date
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(max(month), '-infinity') FROM ledger.period
        WHERE institution_id = of_institution AND state <> 'open';
    END;
COMMENT ON FUNCTION ledger.frozen_until(integer) IS 'The last posting month of an institution that is not open (-infinity: none), as are all before it';
GRANT EXECUTE ON FUNCTION ledger.frozen_until(integer) TO hm_rater, hm_finance, hm_controller;

CREATE FUNCTION ledger.refuse(of_institution integer, of_period date) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is % and stays as it is', to_char(of_period, 'YYYY-MM'),
          (SELECT code FROM org.institution WHERE institution_id = of_institution),
          coalesce((SELECT CASE state WHEN 'soft' THEN 'under review' ELSE state END FROM ledger.period
                    WHERE institution_id = of_institution AND month = of_period), 'closed')
          USING ERRCODE = 'restrict_violation',
                HINT = 'What is found out later is booked in the month that is open: hubmeter rate does that.';
END
$$;
COMMENT ON FUNCTION ledger.refuse(integer, date) IS 'Raise the error that a posting month of an institution is not open';

CREATE FUNCTION ledger.may_repoint(of_institution integer, of_line bigint, of_period date) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT EXISTS (SELECT FROM fund.repointing AS r
                       WHERE r.institution_id = of_institution AND (of_line IS NULL OR r.line_id = of_line)
                         AND NOT r.is_funded)
           AND EXISTS (SELECT FROM ledger.period AS p
                       WHERE p.institution_id = of_institution AND p.month = of_period AND p.state = 'soft');
    END;
COMMENT ON FUNCTION ledger.may_repoint(integer, bigint, date) IS 'May other money pay for it although its month is not open: it is under review, and somebody said so (fund.repointing)? Without a line: for any of it?';

CREATE FUNCTION ledger.refuse_frozen() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen text;
    institution integer;
    of_period date;
BEGIN
    PERFORM FROM ledger.turn FOR SHARE;
    IF NOT EXISTS (SELECT FROM ledger.period WHERE state <> 'open') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'there are months that are closed: % stays as it is', TG_RELID::regclass
              USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH seen IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY['after'] WHEN 'DELETE' THEN ARRAY['before']
                                     ELSE ARRAY['before', 'after'] END LOOP
        EXECUTE format('SELECT r.institution_id, r.period
                        FROM (SELECT DISTINCT %I AS institution_id, period FROM %I) AS r
                        WHERE r.period <= ledger.frozen_until(r.institution_id) LIMIT 1', TG_ARGV[0], seen)
        INTO institution, of_period;
        IF of_period IS NOT NULL AND TG_TABLE_SCHEMA = 'fund' THEN
            EXECUTE format('SELECT r.institution_id, r.period
                            FROM (SELECT DISTINCT institution_id, period, %s AS line_id FROM %I) AS r
                            WHERE r.period <= ledger.frozen_until(r.institution_id)
                              AND NOT ledger.may_repoint(r.institution_id, r.line_id, r.period) LIMIT 1',
                           CASE TG_TABLE_NAME WHEN 'day_total' THEN 'NULL::bigint' ELSE 'line_id' END, seen)
            INTO institution, of_period;
        END IF;
        IF of_period IS NOT NULL THEN
            PERFORM ledger.refuse(institution, of_period);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger.refuse_frozen() IS 'Trigger: the statement touched no row whose posting month is not open; its argument names the column of the institution';

CREATE FUNCTION ledger.guard(charges regclass, institution_column name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER frozen_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_frozen(%L)', charges, institution_column);
    EXECUTE format('CREATE TRIGGER frozen_update AFTER UPDATE ON %s
                    REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_frozen(%L)', charges, institution_column);
    EXECUTE format('CREATE TRIGGER frozen_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_frozen(%L)', charges, institution_column);
    EXECUTE format('CREATE TRIGGER frozen_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_frozen(%L)', charges, institution_column);
END
$$;
COMMENT ON FUNCTION ledger.guard(regclass, name) IS 'As charge.guard: make the triggers that keep closed months, for charge.line, charge.share, fund.leg or a partition of theirs';

SELECT ledger.guard('charge.line', 'provider_id'), ledger.guard('charge.share', 'institution_id'),
       ledger.guard('fund.leg', 'institution_id'), ledger.guard('fund.day_total', 'institution_id');
SELECT ledger.guard(inhrelid, CASE inhparent WHEN 'charge.line'::regclass THEN 'provider_id' ELSE 'institution_id' END)
FROM pg_inherits
WHERE inhparent IN ('charge.line'::regclass, 'charge.share'::regclass, 'fund.leg'::regclass);

-- Records: rows are only ever added.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_RELID::regclass
          USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION ledger.refuse_change() IS 'Trigger: rows are only ever added, whoever writes';

CREATE FUNCTION ledger.keep(records regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER keep_records BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', records);
END
$$;
COMMENT ON FUNCTION ledger.keep(regclass) IS 'Make the trigger that keeps the rows of a table';
SELECT ledger.keep('ledger.waiver'), ledger.keep('ledger.period_change'), ledger.keep('ledger.digest');
