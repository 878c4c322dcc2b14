CREATE FUNCTION charge.place_target() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE target_line AS t
    SET period = greatest(t.month, t.period,
                          (SELECT first_open FROM ledger.frozen WHERE institution_id = t.provider_id));
    UPDATE target_share AS s
    SET period = greatest(s.month, CASE WHEN t.period > t.month THEN t.period END,
                          (SELECT first_open FROM ledger.frozen WHERE institution_id = s.institution_id))
    FROM target_line AS t
    WHERE t.line_no = s.line_no;
END
$$;
COMMENT ON FUNCTION charge.place_target() IS 'Say in which period each line of pg_temp.target_line and each share of target_share is booked: the usage month, or if that is not open, or the line has charged it already, the next that is';

GRANT EXECUTE ON FUNCTION charge.place_target() TO hm_owner; -- a part of rating
