-- The month of the line that is under review, for who pays a part of it and whoever signed in looks after.
CREATE FUNCTION ledger.review_line(of_line bigint)
    RETURNS TABLE (institution_id integer, institution text, period date, hub_id integer, day date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_known boolean := false;
    s record;
BEGIN
    FOR s IN
        SELECT h.institution_id, i.code, h.period, h.hub_id, h.day, h.unit_id, p.state
        FROM charge.share AS h
        JOIN org.institution AS i ON i.institution_id = h.institution_id
        LEFT JOIN ledger.period AS p ON p.institution_id = h.institution_id AND p.month = h.period
        WHERE h.line_id = of_line
        ORDER BY h.sequence
    LOOP
        CONTINUE WHEN NOT ledger.looks_after(s.unit_id);
        is_known := true;
        CONTINUE WHEN s.state IS DISTINCT FROM 'soft';
        RETURN QUERY SELECT s.institution_id, s.code, s.period, s.hub_id, s.day;
        RETURN;
    END LOOP;
    IF is_known THEN
        RAISE EXCEPTION 'line % is not under review', of_line
              USING ERRCODE = 'restrict_violation', HINT = 'hubmeter close review lists what is.';
    END IF;
    RAISE EXCEPTION 'no line % of a department that % looks after', of_line, session_user
          USING ERRCODE = 'no_data_found', HINT = 'hubmeter close review lists them.';
END
$$;
COMMENT ON FUNCTION ledger.review_line(bigint) IS 'Whose month a charge line stands in that is under review, and where; an error if none is, or it is nobody''s that whoever signed in looks after';

GRANT EXECUTE ON FUNCTION ledger.review_line(bigint) TO hm_controller, hm_steward;
