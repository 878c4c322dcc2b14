CREATE FUNCTION ledger.require_ready(of_institution integer, of_month date) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing record;
BEGIN
    SELECT count(*) AS number, min(r.item || ' ' || r.subject || ': ' || r.detail) AS first INTO missing
    FROM ledger.readiness(of_institution, of_month) AS r WHERE r.waiver_id IS NULL;
    IF missing.number > 0 THEN
        RAISE EXCEPTION '% of % is not ready: %', to_char(of_month, 'YYYY-MM'),
              (SELECT code FROM org.institution WHERE institution_id = of_institution),
              missing.first || CASE WHEN missing.number > 1 THEN format(', and %s more', missing.number - 1) ELSE '' END
              USING ERRCODE = 'restrict_violation',
                    HINT = 'hubmeter close check lists what is missing, and the commands that settle or waive it.';
    END IF;
END
$$;
COMMENT ON FUNCTION ledger.require_ready(integer, date) IS 'Raise the error that a month of an institution is not ready to be closed, if something stands in the way that was not waived (ledger.readiness)';

GRANT EXECUTE ON FUNCTION ledger.require_ready(integer, date) TO hm_owner; -- a part of ledger.begin_close() and close()
