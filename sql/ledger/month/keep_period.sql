-- Whoever writes: months close in order, by two people, once.
CREATE FUNCTION ledger.keep_period() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'periods are never taken away' USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.state = 'closed' THEN
        PERFORM ledger.refuse(OLD.institution_id, OLD.month);
    END IF;
    IF (TG_OP = 'INSERT' AND NEW.state <> 'soft')
       OR (TG_OP = 'UPDATE' AND ((OLD.institution_id, OLD.month) <> (NEW.institution_id, NEW.month)
                                 OR (OLD.state, NEW.state) NOT IN (('open', 'soft'), ('soft', 'open'),
                                                                   ('soft', 'closed')))) THEN
        RAISE EXCEPTION 'a month opens to review, and then closes or opens again'
              USING ERRCODE = 'restrict_violation';
    END IF;
    -- Whoever wrote charges or entries before us has committed, and whoever writes them from here on sees what we do.
    UPDATE ledger.turn SET turns = turns + 1;
    SELECT max(p.month) FILTER (WHERE p.state <> 'open') AS month,
           min(p.month) FILTER (WHERE p.state = 'soft') AS under_review
    INTO last
    FROM ledger.period AS p WHERE p.institution_id = NEW.institution_id;
    IF (NEW.state = 'soft' AND NEW.month <> last.month + interval '1 month')
       OR (NEW.state = 'open' AND NEW.month < last.month)
       OR (NEW.state = 'closed' AND NEW.month > last.under_review) THEN
        RAISE EXCEPTION 'months are closed in order' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'soft' THEN
        NEW.prepared_by := session_user;
        NEW.prepared_at := now();
    ELSIF NEW.state = 'closed' THEN
        NEW.prepared_by := OLD.prepared_by;
        NEW.prepared_at := OLD.prepared_at;
        NEW.closed_by := session_user;
        NEW.closed_at := now();
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION ledger.keep_period() IS 'Trigger: a period is open, under review, closed, in this order, and closed for ever; who did it is who signed in';

CREATE TRIGGER keep_period BEFORE INSERT OR UPDATE OR DELETE ON ledger.period
    FOR EACH ROW EXECUTE FUNCTION ledger.keep_period();
CREATE TRIGGER keep_periods BEFORE TRUNCATE ON ledger.period
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.keep_period();
