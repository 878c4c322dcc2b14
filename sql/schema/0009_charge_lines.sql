-- How much and who pays, in two tables: charge.line and charge.share. Every share of a line adds up to
-- it, and a charge changes only within a run that says why: both are constraints here, whoever writes.
SET LOCAL ROLE hm_owner;

CREATE TEMPORARY TABLE old_line ON COMMIT DROP AS SELECT * FROM charge.line;
DROP TABLE charge.line;

-- ------------------------------------------------------------------------------------------------
-- Runs
-- ------------------------------------------------------------------------------------------------

CREATE TABLE charge.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reason text NOT NULL CHECK (reason IN ('usage', 'import', 'correction', 'upgrade')),
    detail text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT now(),
    started_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE charge.run IS 'Why charges changed: no line or share is written outside a run. What it changed stands in charge.run_day and charge.run_total';
COMMENT ON COLUMN charge.run.reason IS 'usage: new or late usage; import: a file of reference data; correction: a row that was changed or voided by hand; upgrade: a new release of hubmeter';
COMMENT ON COLUMN charge.run.detail IS 'The file or the row';
COMMENT ON COLUMN charge.run.started_at IS 'When it was said (UTC)';
COMMENT ON COLUMN charge.run.started_by IS 'The role that signed in';

CREATE TABLE charge.run_day (
    run_id bigint NOT NULL REFERENCES charge.run,
    hub_id integer NOT NULL,
    day date NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    rated_in bigint NOT NULL REFERENCES charge.run,
    rated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, hub_id, day)
);
CREATE INDEX run_day_hub_day ON charge.run_day (hub_id, day);
CREATE INDEX run_day_rated_in ON charge.run_day (rated_in);
COMMENT ON TABLE charge.run_day IS 'UTC days of hubs whose charges a run changed';
COMMENT ON COLUMN charge.run_day.day IS 'UTC day';
COMMENT ON COLUMN charge.run_day.added IS 'Charge lines that were not there before';
COMMENT ON COLUMN charge.run_day.changed IS 'Charge lines whose figures or shares changed';
COMMENT ON COLUMN charge.run_day.removed IS 'Charge lines that are no more: what they charged is charged otherwise';
COMMENT ON COLUMN charge.run_day.rated_in IS 'The run of whoever rated it last: the same, or where an import had marked the day the usage run of that rating';
COMMENT ON COLUMN charge.run_day.rated_at IS 'When it was rated last in this run';

CREATE TABLE charge.run_total (
    run_id bigint NOT NULL,
    hub_id integer NOT NULL,
    day date NOT NULL,
    institution_id integer NOT NULL,
    month date NOT NULL,
    currency text NOT NULL,
    before numeric(20,9) NOT NULL,
    after numeric(20,9) NOT NULL,
    PRIMARY KEY (run_id, hub_id, day, institution_id, month, currency),
    FOREIGN KEY (run_id, hub_id, day) REFERENCES charge.run_day
);
COMMENT ON TABLE charge.run_total IS 'What the changed days cost each institution before the run and after it; a row only where these differ';
COMMENT ON COLUMN charge.run_total.day IS 'UTC day';
COMMENT ON COLUMN charge.run_total.institution_id IS 'Who is charged';
COMMENT ON COLUMN charge.run_total.month IS 'First day of the usage month, in the calendar of the institution charged';
COMMENT ON COLUMN charge.run_total.before IS 'Charges of that hub-day before the run, to nano-units of the currency';
COMMENT ON COLUMN charge.run_total.after IS 'Charges of that hub-day after it';

ALTER TABLE ingest.dirty_day ADD COLUMN run_id bigint REFERENCES charge.run;
COMMENT ON COLUMN ingest.dirty_day.run_id IS 'The run that its new charges belong to; null: new usage';

-- Whoever rates holds the lock of this table, which only raters may take.
CREATE TABLE charge.rating_turn ();
COMMENT ON TABLE charge.rating_turn IS 'Has no rows: its lock is the turn of the one who rates';

-- ------------------------------------------------------------------------------------------------
-- How much
-- ------------------------------------------------------------------------------------------------

CREATE TABLE charge.workload_group (
    workload_group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub_id integer NOT NULL REFERENCES usage.hub,
    username text NOT NULL,
    server_name text NOT NULL,
    tag text NOT NULL,
    kind smallint NOT NULL,
    UNIQUE (hub_id, username, server_name, tag, kind)
);
COMMENT ON TABLE charge.workload_group IS 'Workloads that are charged as one: those of a user name, server, tag and kind on a hub';
COMMENT ON COLUMN charge.workload_group.username IS 'As the hub spells it; empty if it is not known yet';
COMMENT ON COLUMN charge.workload_group.server_name IS 'Name of the user''s server; empty: the default one';
COMMENT ON COLUMN charge.workload_group.tag IS 'Group, course or project chosen at spawn; empty: none';
COMMENT ON COLUMN charge.workload_group.kind IS '1 process tree, 2 cgroup, 3 pod, 4 batch job, 5 storage; 0: charged before kinds were told apart';

CREATE SEQUENCE charge.line_id;
COMMENT ON SEQUENCE charge.line_id IS 'charge.line.line_id';

-- Eight bytes first, so that nothing is lost to alignment. No foreign keys: they cost a third of
-- rating, and nothing that a line names is ever deleted.
CREATE TABLE charge.line (
    line_id bigint NOT NULL DEFAULT nextval('charge.line_id'),
    used bigint NOT NULL,
    reserved bigint NOT NULL,
    billable bigint NOT NULL,
    first_slot timestamptz NOT NULL,
    last_slot timestamptz NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    hub_id integer NOT NULL,
    day date NOT NULL,
    workload_group_id integer NOT NULL,
    class_id integer NOT NULL,
    provider_id integer NOT NULL,
    price_id integer,
    resource text NOT NULL,
    basis text NOT NULL CHECK (basis IN ('rate_card', 'actual')),
    rate numeric(23,13),
    amount numeric(20,9) NOT NULL,
    currency text NOT NULL,
    PRIMARY KEY (line_id, month),
    -- Also the last guard against two ratings of one day at once.
    CONSTRAINT line_once UNIQUE NULLS NOT DISTINCT
        (hub_id, day, workload_group_id, class_id, resource, provider_id, price_id, basis, month, period),
    -- A calendar west or east of UTC puts parts of the day on the day before or after.
    CONSTRAINT line_month CHECK (month IN (date_trunc('month', day - interval '1 day')::date,
                                           date_trunc('month', day + interval '1 day')::date)),
    CONSTRAINT line_period CHECK (period >= month),
    CONSTRAINT line_rate CHECK ((price_id IS NULL) = (rate IS NULL)),
    CONSTRAINT line_unpriced CHECK (basis = 'actual' OR price_id IS NOT NULL OR amount = 0)
) PARTITION BY RANGE (month);
COMMENT ON TABLE charge.line IS 'How much: one line per hub, UTC day, workload group, class, resource, price and month of the provider''s calendar. Rating changes only what differs: a line whose key stays keeps its id';
COMMENT ON COLUMN charge.line.line_id IS 'The same for as long as the line exists; hubmeter explain takes it';
COMMENT ON COLUMN charge.line.used IS 'Consumed, in the quantity unit of the resource; negative in a correction';
COMMENT ON COLUMN charge.line.reserved IS 'Requested or guaranteed, in the quantity unit of the resource; 0 where nothing can be';
COMMENT ON COLUMN charge.line.billable IS 'The greater of the two, taken per sample, in the quantity unit of the resource';
COMMENT ON COLUMN charge.line.first_slot IS 'Start of the first slot in which the group used this class of machine at this price (UTC)';
COMMENT ON COLUMN charge.line.last_slot IS 'Start of the last such slot (UTC)';
COMMENT ON COLUMN charge.line.month IS 'Usage month: first day of the month the usage falls in, in the provider''s calendar';
COMMENT ON COLUMN charge.line.period IS 'Posting period: first day of the month it is booked in; the usage month, or a later one where that was closed';
COMMENT ON COLUMN charge.line.day IS 'UTC day of the usage';
COMMENT ON COLUMN charge.line.provider_id IS 'Institution that owns the hub: its price book, calendar and currency hold';
COMMENT ON COLUMN charge.line.price_id IS 'The row of the price book; null if there is no price';
COMMENT ON COLUMN charge.line.basis IS 'rate_card: by the price book; actual: by the provider''s bill';
COMMENT ON COLUMN charge.line.rate IS 'Its rate as it was: currency per priced unit of the resource';
COMMENT ON COLUMN charge.line.amount IS 'billable x rate / base units, rounded once, to nano-units of the currency; 0 without a price';
COMMENT ON COLUMN charge.line.currency IS 'ISO 4217 code';

-- ------------------------------------------------------------------------------------------------
-- Who pays
-- ------------------------------------------------------------------------------------------------

-- Partitioned by the month of the institution that is charged, which is what reports ask for.
CREATE TABLE charge.share (
    line_id bigint NOT NULL,
    used bigint NOT NULL,
    reserved bigint NOT NULL,
    billable bigint NOT NULL,
    first_slot timestamptz NOT NULL,
    last_slot timestamptz NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    line_month date NOT NULL,
    hub_id integer NOT NULL,
    day date NOT NULL,
    workload_group_id integer NOT NULL,
    institution_id integer NOT NULL,
    unit_id integer,
    person_id integer,
    group_id integer,
    weight_ppm integer NOT NULL CHECK (weight_ppm BETWEEN 0 AND 1000000),
    sequence smallint NOT NULL CHECK (sequence > 0),
    rule text NOT NULL
        CHECK (rule IN ('tag', 'hub', 'default', 'group', 'weights', 'equal', 'home', 'suspense')),
    reason text,
    resource text NOT NULL,
    basis text NOT NULL,
    amount numeric(20,9) NOT NULL,
    currency text NOT NULL,
    PRIMARY KEY (hub_id, day, line_id, sequence, month),
    CONSTRAINT share_month CHECK (month IN (date_trunc('month', day - interval '1 day')::date,
                                            date_trunc('month', day + interval '1 day')::date)),
    CONSTRAINT share_payer CHECK ((rule = 'suspense') = (unit_id IS NULL)),
    CONSTRAINT share_reason CHECK ((rule = 'suspense') = (reason IS NOT NULL)),
    CONSTRAINT share_home CHECK (rule <> 'home' OR person_id IS NOT NULL)
) PARTITION BY RANGE (month);
COMMENT ON TABLE charge.share IS 'Who pays: the parts of a charge line, which add up to it in every quantity and in its amount. A line has several where the answer changes inside the day, or where several pay';
COMMENT ON COLUMN charge.share.line_id IS 'charge.line of the same hub and day';
COMMENT ON COLUMN charge.share.sequence IS 'Number within the line, from 1, in order of time; ties in splitting go to the lower one';
COMMENT ON COLUMN charge.share.month IS 'Usage month in the calendar of the institution charged: its first day';
COMMENT ON COLUMN charge.share.line_month IS 'charge.line.month: with line_id the key of the line';
COMMENT ON COLUMN charge.share.hub_id IS 'As the line''s';
COMMENT ON COLUMN charge.share.day IS 'As the line''s: the UTC day of the usage';
COMMENT ON COLUMN charge.share.workload_group_id IS 'As the line''s';
COMMENT ON COLUMN charge.share.institution_id IS 'Who is charged: the department''s institution, in suspense the owner of the hub';
COMMENT ON COLUMN charge.share.unit_id IS 'The department; null in suspense';
COMMENT ON COLUMN charge.share.person_id IS 'Who used it; null if the user name is nobody''s yet';
COMMENT ON COLUMN charge.share.group_id IS 'The course, lab or project it is for; null: none';
COMMENT ON COLUMN charge.share.weight_ppm IS 'Part of what was used from first_slot to last_slot under this answer, in parts per million; what several pay together adds up to 1,000,000';
COMMENT ON COLUMN charge.share.rule IS 'Why this department: the tag of the server, the hub''s binding, the person''s default or only group, weights of or equal parts for several groups, the home department, or suspense';
COMMENT ON COLUMN charge.share.reason IS 'Why suspense, in words';
COMMENT ON COLUMN charge.share.resource IS 'As the line''s';
COMMENT ON COLUMN charge.share.basis IS 'As the line''s';
COMMENT ON COLUMN charge.share.used IS 'Part of the line''s, in the quantity unit of the resource';
COMMENT ON COLUMN charge.share.reserved IS 'Part of the line''s, in the quantity unit of the resource';
COMMENT ON COLUMN charge.share.billable IS 'Part of the line''s, in the quantity unit of the resource';
COMMENT ON COLUMN charge.share.first_slot IS 'Start of the first slot of this part (UTC)';
COMMENT ON COLUMN charge.share.last_slot IS 'Start of the last slot of this part (UTC)';
COMMENT ON COLUMN charge.share.amount IS 'Part of the line''s amount, by largest remainder, to nano-units of the currency';
COMMENT ON COLUMN charge.share.currency IS 'As the line''s: ISO 4217 code';

-- ------------------------------------------------------------------------------------------------
-- The constraints: the shares of a line are the line, and every change has its run. A trigger for each
-- row would cost as much as all of rating, so a statement leaves the hub-days it touched behind, and
-- each of these is checked once, at the end of the transaction.
-- ------------------------------------------------------------------------------------------------

CREATE TABLE charge.touched_day (
    hub_id integer NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (hub_id, day)
);
COMMENT ON TABLE charge.touched_day IS 'Hub-days whose charges the transaction changed: checked and taken away at its end, so that nobody else ever sees a row';
COMMENT ON COLUMN charge.touched_day.day IS 'UTC day';

CREATE FUNCTION charge.check_touched_day() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    first_month date := date_trunc('month', NEW.day - interval '1 day');
    last_month date := date_trunc('month', NEW.day + interval '1 day');
    broken bigint;
BEGIN
    SELECT line_id INTO broken
    FROM (SELECT line_id, month, workload_group_id, resource, basis, currency,
                 used, reserved, billable, amount
          FROM charge.line
          WHERE hub_id = NEW.hub_id AND day = NEW.day AND month BETWEEN first_month AND last_month) AS l
    FULL JOIN (SELECT line_id, line_month AS month, workload_group_id, resource, basis, currency,
                      sum(used) AS used, sum(reserved) AS reserved, sum(billable) AS billable,
                      sum(amount) AS amount, count(*) AS shares, max(sequence) AS last_sequence
               FROM charge.share
               WHERE hub_id = NEW.hub_id AND day = NEW.day AND month BETWEEN first_month AND last_month
               GROUP BY line_id, line_month, workload_group_id, resource, basis, currency) AS s
         USING (line_id, month, workload_group_id, resource, basis, currency)
    WHERE (l.used, l.reserved, l.billable, l.amount, s.shares)
          IS DISTINCT FROM (s.used, s.reserved, s.billable, s.amount, s.last_sequence)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'charge line % and its shares are not the same', broken
              USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_are_the_line',
                    SCHEMA = 'charge', TABLE = 'share';
    END IF;
    DELETE FROM charge.touched_day WHERE hub_id = NEW.hub_id AND day = NEW.day;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION charge.check_touched_day() IS 'Trigger: on the hub-day, the shares of every line are the line, and there are no others';

CREATE CONSTRAINT TRIGGER check_touched_day AFTER INSERT ON charge.touched_day
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION charge.check_touched_day();

CREATE FUNCTION charge.note_touched_day() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO charge.touched_day SELECT DISTINCT hub_id, day FROM after ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO charge.touched_day SELECT DISTINCT hub_id, day FROM before ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION charge.note_touched_day() IS 'Trigger: have the hub-days that the statement touched checked at the end of the transaction';

CREATE FUNCTION charge.require_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM charge.run
                   WHERE run_id = nullif(current_setting('hubmeter.run_id', true), '')::bigint) THEN
        RAISE EXCEPTION 'charges change only within a run'
              USING ERRCODE = 'restrict_violation',
                    HINT = 'SELECT charge.begin_run(''correction'', ''why'') comes first, in the same transaction.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION charge.require_run() IS 'Trigger: the transaction has said which run it belongs to (charge.begin_run)';

CREATE FUNCTION charge.guard(charges regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER require_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.require_run()', charges);
    EXECUTE format('CREATE TRIGGER touch_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.note_touched_day()', charges);
    EXECUTE format('CREATE TRIGGER touch_update AFTER UPDATE ON %s
                    REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.note_touched_day()', charges);
    EXECUTE format('CREATE TRIGGER touch_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.note_touched_day()', charges);
END
$$;
COMMENT ON FUNCTION charge.guard(regclass) IS 'Make the triggers that stand behind the constraints, for charge.line, charge.share or a partition of theirs: a statement that names the partition runs that one''s triggers only';

SELECT charge.guard('charge.line'), charge.guard('charge.share');

-- ------------------------------------------------------------------------------------------------
-- Lines of before this file, with the one share each had
-- ------------------------------------------------------------------------------------------------

DO $$
DECLARE
    first date;
    parent text;
BEGIN
    IF NOT EXISTS (SELECT FROM old_line) THEN
        RETURN;
    END IF;
    FOR first IN SELECT DISTINCT month FROM old_line LOOP
        FOREACH parent IN ARRAY ARRAY['line', 'share'] LOOP
            EXECUTE format('CREATE TABLE charge.%I PARTITION OF charge.%I FOR VALUES FROM (%L) TO (%L)',
                           parent || to_char(first, '_YYYY_MM'), parent, first, first + interval '1 month');
            PERFORM charge.guard(format('charge.%I', parent || to_char(first, '_YYYY_MM')));
        END LOOP;
    END LOOP;

    INSERT INTO charge.run (reason, detail)
    VALUES ('upgrade', 'lines that said who pays became shares of lines that say how much');
    PERFORM set_config('hubmeter.run_id', (SELECT max(run_id) FROM charge.run)::text, true);

    INSERT INTO charge.workload_group (hub_id, username, server_name, tag, kind)
    SELECT DISTINCT hub_id, username, '', '', 0 FROM old_line;

    CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
    SELECT o.*, g.workload_group_id,
           dense_rank() OVER (ORDER BY hub_id, o.day, g.workload_group_id, o.class_id, o.resource,
                                       o.provider_id, o.price_id, o.month) AS line_id,
           row_number() OVER (PARTITION BY hub_id, o.day, g.workload_group_id, o.class_id, o.resource,
                                           o.provider_id, o.price_id, o.month
                              ORDER BY o.first_slot, o.unit_id, o.person_id, o.institution_id) AS sequence
    FROM old_line AS o
    JOIN charge.workload_group AS g USING (hub_id, username);

    INSERT INTO charge.line
           (line_id, used, reserved, billable, first_slot, last_slot, month, period, hub_id, day,
            workload_group_id, class_id, provider_id, price_id, resource, basis, rate, amount, currency)
    SELECT line_id, sum(used), sum(reserved), sum(billable), min(first_slot), max(last_slot), month, month,
           hub_id, day, workload_group_id, class_id, provider_id, price_id, resource, 'rate_card',
           min(rate), sum(amount), min(currency)
    FROM numbered
    GROUP BY line_id, month, hub_id, day, workload_group_id, class_id, provider_id, price_id, resource;

    INSERT INTO charge.share
           (line_id, used, reserved, billable, first_slot, last_slot, month, hub_id, day, institution_id,
            unit_id, person_id, weight_ppm, sequence, rule, reason, resource, basis, amount, currency,
            line_month, workload_group_id)
    SELECT line_id, used, reserved, billable, first_slot, last_slot, month, hub_id, day, institution_id,
           unit_id, person_id, 1000000, sequence, rule, reason, resource, 'rate_card', amount, currency,
           month, workload_group_id
    FROM numbered;

    PERFORM setval('charge.line_id', (SELECT max(line_id) FROM numbered));
    INSERT INTO ingest.dirty_day (hub_id, day, run_id)
    SELECT DISTINCT hub_id, day, current_setting('hubmeter.run_id')::bigint FROM numbered;
END
$$;

-- ------------------------------------------------------------------------------------------------
-- Raters read all of this and change it through functions alone.
-- ------------------------------------------------------------------------------------------------

REVOKE INSERT, DELETE ON ingest.dirty_day FROM hm_rater;
REVOKE INSERT, UPDATE, DELETE ON charge.failed_day FROM hm_rater;
GRANT SELECT ON charge.run, charge.run_day, charge.run_total, charge.workload_group, charge.line,
                charge.share TO hm_rater;
GRANT UPDATE ON charge.rating_turn TO hm_rater; -- LOCK asks for it
