-- Sums of charge.share by what reports ask for, so that a year of departments need not read every share. They are
-- kept by the statements that change shares, in the same transaction, so they are never early, late or off.
SET LOCAL ROLE hm_owner;

CREATE TABLE charge.unit_month (
    institution_id integer NOT NULL,
    month date NOT NULL,
    period date NOT NULL,
    unit_id integer,
    resource text NOT NULL,
    basis text NOT NULL,
    currency text NOT NULL,
    used numeric NOT NULL,
    reserved numeric NOT NULL,
    billable numeric NOT NULL,
    amount numeric(20,9) NOT NULL,
    shares bigint NOT NULL,
    CONSTRAINT unit_month_once UNIQUE NULLS NOT DISTINCT
        (institution_id, month, period, unit_id, resource, basis, currency)
) WITH (fillfactor = 70);
COMMENT ON TABLE charge.unit_month IS 'Sums of charge.share by department and month';
COMMENT ON COLUMN charge.unit_month.month IS 'As the shares'': usage month, in the calendar of the institution charged';
COMMENT ON COLUMN charge.unit_month.period IS 'As the shares'': first day of the month it is booked in';
COMMENT ON COLUMN charge.unit_month.unit_id IS 'The department; null in suspense';
COMMENT ON COLUMN charge.unit_month.used IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.unit_month.reserved IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.unit_month.billable IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.unit_month.amount IS 'To nano-units of the currency';
COMMENT ON COLUMN charge.unit_month.shares IS 'Number of shares in it';

CREATE TABLE charge.person_month (
    institution_id integer NOT NULL,
    month date NOT NULL,
    unit_id integer,
    person_id integer,
    group_id integer,
    hub_id integer NOT NULL,
    username text NOT NULL,
    resource text NOT NULL,
    basis text NOT NULL,
    currency text NOT NULL,
    used numeric NOT NULL,
    reserved numeric NOT NULL,
    billable numeric NOT NULL,
    amount numeric(20,9) NOT NULL,
    shares bigint NOT NULL,
    CONSTRAINT person_month_once UNIQUE NULLS NOT DISTINCT
        (institution_id, month, unit_id, person_id, group_id, hub_id, username, resource, basis, currency)
) WITH (fillfactor = 70);
CREATE INDEX person_month_person ON charge.person_month (person_id, month);
CREATE INDEX person_month_group ON charge.person_month (group_id, month) WHERE group_id IS NOT NULL;
COMMENT ON TABLE charge.person_month IS 'Sums of charge.share by person, user name on a hub, department, group and month';
COMMENT ON COLUMN charge.person_month.month IS 'As the shares'': usage month, in the calendar of the institution charged';
COMMENT ON COLUMN charge.person_month.unit_id IS 'The department; null in suspense';
COMMENT ON COLUMN charge.person_month.person_id IS 'Null: the user name is nobody''s yet';
COMMENT ON COLUMN charge.person_month.group_id IS 'Null: none';
COMMENT ON COLUMN charge.person_month.username IS 'As the hub spells it; empty if it is not known yet';
COMMENT ON COLUMN charge.person_month.used IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.person_month.reserved IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.person_month.billable IS 'In the quantity unit of the resource, exact';
COMMENT ON COLUMN charge.person_month.amount IS 'To nano-units of the currency';
COMMENT ON COLUMN charge.person_month.shares IS 'Number of shares in it';

GRANT SELECT ON charge.unit_month, charge.person_month TO hm_rater;

-- The rows that the statement took away count against those that it put there. Both become one table by EXECUTE,
-- because which of them there are depends on the statement.
CREATE FUNCTION charge.roll_up() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    change text := CASE TG_OP WHEN 'INSERT' THEN '(SELECT 1 AS sign, * FROM after)'
                              WHEN 'DELETE' THEN '(SELECT -1 AS sign, * FROM before)'
                              ELSE '(SELECT 1 AS sign, * FROM after UNION ALL SELECT -1, * FROM before)' END;
    rollup record;
    broken bigint;
BEGIN
    FOR rollup IN
        SELECT * FROM (VALUES
            ('unit_month', 'institution_id, month, period, unit_id, resource, basis, currency', ''),
            ('person_month', 'institution_id, month, unit_id, person_id, group_id, hub_id, username, resource, basis, currency',
             'JOIN (SELECT workload_group_id, username FROM charge.workload_group) AS g USING (workload_group_id)')
        ) AS r (name, key, names)
    LOOP
        EXECUTE format(
            'WITH change AS (
                 SELECT %2$s, sum(sign * used) AS used, sum(sign * reserved) AS reserved,
                        sum(sign * billable) AS billable, sum(sign * amount) AS amount, sum(sign) AS shares
                 FROM %4$s AS s %3$s
                 GROUP BY %2$s
             ),
             kept AS (
                 INSERT INTO charge.%1$s AS t (%2$s, used, reserved, billable, amount, shares)
                 SELECT * FROM change WHERE (used, reserved, billable, amount, shares) <> (0, 0, 0, 0, 0)
                 ON CONFLICT ON CONSTRAINT %1$s_once DO UPDATE
                    SET used = t.used + excluded.used, reserved = t.reserved + excluded.reserved,
                        billable = t.billable + excluded.billable, amount = t.amount + excluded.amount,
                        shares = t.shares + excluded.shares
                 RETURNING used, reserved, billable, amount, shares
             )
             SELECT count(*) FROM kept
             WHERE shares < 0 OR shares = 0 AND (used, reserved, billable, amount) <> (0, 0, 0, 0)',
            rollup.name, rollup.key, rollup.names, change) INTO broken;
        IF broken > 0 THEN
            RAISE EXCEPTION 'charge.% does not hold what is taken off it', rollup.name
                  USING ERRCODE = 'check_violation', CONSTRAINT = rollup.name || '_once',
                        SCHEMA = 'charge', TABLE = rollup.name;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION charge.roll_up() IS 'Trigger: add what the statement changed of shares to charge.unit_month and charge.person_month, which can never hold less than nothing';

CREATE FUNCTION charge.guard_rollups(shares regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER rollup_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.roll_up()', shares);
    EXECUTE format('CREATE TRIGGER rollup_update AFTER UPDATE ON %s
                    REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.roll_up()', shares);
    EXECUTE format('CREATE TRIGGER rollup_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                    FOR EACH STATEMENT EXECUTE FUNCTION charge.roll_up()', shares);
END
$$;
COMMENT ON FUNCTION charge.guard_rollups(regclass) IS 'As charge.guard: make the triggers that keep the sums, for charge.share or a partition of it';

SELECT charge.guard_rollups('charge.share');
SELECT charge.guard_rollups(inhrelid) FROM pg_inherits WHERE inhparent = 'charge.share'::regclass;

INSERT INTO charge.unit_month
SELECT institution_id, month, period, unit_id, resource, basis, currency,
       sum(used), sum(reserved), sum(billable), sum(amount), count(*)
FROM charge.share GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO charge.person_month
SELECT s.institution_id, s.month, s.unit_id, s.person_id, s.group_id, s.hub_id, g.username, s.resource, s.basis,
       s.currency, sum(s.used), sum(s.reserved), sum(s.billable), sum(s.amount), count(*)
FROM charge.share AS s
JOIN charge.workload_group AS g USING (workload_group_id)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
