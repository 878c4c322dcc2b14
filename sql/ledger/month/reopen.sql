-- What was booked in the next month in between belongs into this one again.
CREATE FUNCTION ledger.reopen(of_institution text, of_month text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    m record := ledger.month_of(of_institution, of_month);
    run bigint;
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
    DROP TABLE IF EXISTS pg_temp.later;
    CREATE TEMPORARY TABLE later ON COMMIT DROP AS
    SELECT DISTINCT l.hub_id, l.day, l.basis, l.statement_id
    FROM charge.share AS s
    JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
    WHERE (l.provider_id = m.institution_id AND l.period > m.month AND l.month <= m.month)
       OR (s.institution_id = m.institution_id AND s.period > m.month AND s.month <= m.month);
    run := charge.begin_run('correction', format('%s is open again: %s', of_month, why));
    INSERT INTO ingest.dirty_day (hub_id, day, run_id)
    SELECT DISTINCT d.hub_id, d.day, run FROM later AS d WHERE d.basis = 'rate_card';
    UPDATE bill.statement SET is_dirty = true WHERE statement_id IN (SELECT d.statement_id FROM later AS d);
    PERFORM charge.forget_fees();
    -- Plans that changed meanwhile found its money as it stood.
    INSERT INTO fund.dirty_since AS d (institution_id, is_capped_only, day)
    SELECT m.institution_id, false, min(t.day)
    FROM fund.day_total AS t
    WHERE t.institution_id = m.institution_id AND t.period = m.month
    HAVING count(*) > 0
    ON CONFLICT (institution_id, is_capped_only) DO UPDATE SET day = least(d.day, excluded.day);
END
$$;
COMMENT ON FUNCTION ledger.reopen(text, text, text) IS 'Take a month of an institution out of its review, for a reason: its charges may change again. A closed month stays closed';

GRANT EXECUTE ON FUNCTION ledger.reopen(text, text, text) TO hm_controller;
