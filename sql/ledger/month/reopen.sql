-- What was booked in the next month in between belongs into this one again.
CREATE FUNCTION ledger.reopen(of_institution text, of_month text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m record := ledger.month_of(of_institution, of_month);
BEGIN
    LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE;
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'a month is opened again for a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE ledger.period SET state = 'open', review_until = NULL
    WHERE institution_id = m.institution_id AND month = m.month AND state <> 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION '% of % is not under review', of_month, of_institution USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO ledger.period_change (institution_id, month, state, reason)
    VALUES (m.institution_id, m.month, 'open', why);
    INSERT INTO ingest.dirty_day (hub_id, day, run_id)
    SELECT d.hub_id, d.day, charge.begin_run('correction', format('%s is open again: %s', of_month, why))
    FROM (SELECT DISTINCT l.hub_id, l.day
          FROM charge.share AS s
          JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
          WHERE m.institution_id IN (s.institution_id, l.provider_id) AND l.period > l.month
            AND s.month <= m.month AND l.basis = 'rate_card') AS d
    ON CONFLICT DO NOTHING;
    UPDATE bill.statement SET is_dirty = true
    WHERE statement_id IN (SELECT l.statement_id FROM charge.line AS l
                           WHERE l.provider_id = m.institution_id AND l.period > l.month AND l.month <= m.month);
    PERFORM charge.forget_fees();
END
$$;
COMMENT ON FUNCTION ledger.reopen(text, text, text) IS 'Take a month of an institution out of its review, for a reason: its charges may change again. A closed month stays closed';

GRANT EXECUTE ON FUNCTION ledger.reopen(text, text, text) TO hm_controller;
