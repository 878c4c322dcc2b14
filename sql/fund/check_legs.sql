CREATE FUNCTION fund.check_legs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    first_month date := date_trunc('month', NEW.day - interval '1 day');
    last_month date := date_trunc('month', NEW.day + interval '1 day');
    waiting integer[] := ARRAY(SELECT institution_id FROM fund.dirty_day WHERE day = NEW.day AND hub_id = NEW.hub_id);
    broken bigint;
BEGIN
    SELECT line_id INTO broken
    FROM (SELECT line_id, sequence, month, period, institution_id, unit_id, person_id, currency, amount
          FROM charge.share
          WHERE hub_id = NEW.hub_id AND day = NEW.day AND month BETWEEN first_month AND last_month AND amount <> 0
            AND institution_id <> ALL (waiting)) AS s
    FULL JOIN (SELECT line_id, sequence, month, period, institution_id, currency, sum(amount) AS amount,
                      min(unit_id) AS unit_id, min(person_id) AS person_id
               FROM fund.leg
               WHERE hub_id = NEW.hub_id AND day = NEW.day AND month BETWEEN first_month AND last_month
                 AND institution_id <> ALL (waiting)
               GROUP BY line_id, sequence, month, period, institution_id, currency) AS l
         USING (line_id, sequence, month, period, institution_id, currency)
    WHERE (s.amount, s.unit_id, s.person_id) IS DISTINCT FROM (l.amount, l.unit_id, l.person_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the shares of charge line % and their legs are not the same', broken
              USING ERRCODE = 'check_violation', CONSTRAINT = 'legs_are_the_share',
                    SCHEMA = 'fund', TABLE = 'leg';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION fund.check_legs() IS 'Trigger: on the hub-day, the legs of every share are the share, unless it waits to be funded (fund.dirty_day)';

CREATE CONSTRAINT TRIGGER check_legs AFTER INSERT ON charge.touched_day
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund.check_legs();
