CREATE FUNCTION ledger.waive(of_institution text, of_month text, of_item text, of_subject text, why text)
    RETURNS TABLE (item text, subject text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m record := ledger.month_of(of_institution, of_month);
BEGIN
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'a waiver needs a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF m.month <= (SELECT max(p.month) FROM ledger.period AS p
                   WHERE p.institution_id = m.institution_id AND p.state = 'closed') THEN
        PERFORM ledger.refuse(m.institution_id, m.month);
    END IF;
    RETURN QUERY
    INSERT INTO ledger.waiver AS w (institution_id, month, item, subject, detail, reason)
    SELECT m.institution_id, m.month, r.item, r.subject, r.detail, why
    FROM ledger.readiness(m.institution_id, m.month) AS r
    WHERE r.item = of_item AND (coalesce(of_subject, '') = '' OR r.subject = of_subject)
      AND r.is_waivable AND r.waiver_id IS NULL
    RETURNING w.item, w.subject, w.detail;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing to waive: % has no "%" that may be waived', of_month,
              concat_ws(' ', of_item, nullif(of_subject, ''))
              USING ERRCODE = 'no_data_found', HINT = 'hubmeter close check lists what is missing.';
    END IF;
END
$$;
COMMENT ON FUNCTION ledger.waive(text, text, text, text, text) IS 'Have a month of an institution close in spite of what it is not ready for: an item, of one subject or (empty) of all. Whoever signed in answers for it, for the reason given; returns what was waived, as it stands now';

GRANT EXECUTE ON FUNCTION ledger.waive(text, text, text, text, text) TO hm_controller;
