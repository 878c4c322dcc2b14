CREATE FUNCTION ledger.begin_close(of_institution text, of_month text) RETURNS date
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m record := ledger.month_of(of_institution, of_month);
    i org.institution;
    first date;
    today date;
    until date;
BEGIN
    LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE;
    PERFORM FROM ledger.turn FOR UPDATE;
    SELECT * INTO i FROM org.institution WHERE institution_id = m.institution_id;
    today := now() AT TIME ZONE i.time_zone;
    IF m.month <= ledger.frozen_until(m.institution_id) THEN
        PERFORM ledger.refuse(m.institution_id, m.month);
    END IF;
    IF now() < (m.month + interval '1 month') AT TIME ZONE i.time_zone THEN
        RAISE EXCEPTION '% of % is not over', of_month, of_institution USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT coalesce(min(p.month) FILTER (WHERE p.state = 'soft'), max(p.month) + interval '1 month') INTO first
    FROM ledger.period AS p WHERE p.institution_id = m.institution_id AND p.state <> 'open';
    IF first IS NULL THEN -- the first that it closes
        SELECT min(b.period) INTO first
        FROM (SELECT min(period) AS period FROM charge.share WHERE institution_id = m.institution_id
              UNION ALL
              SELECT min(period) FROM charge.line WHERE provider_id = m.institution_id
              UNION ALL
              SELECT min(period) FROM ledger.entry WHERE institution_id = m.institution_id) AS b;
    END IF;
    IF first < m.month THEN
        RAISE EXCEPTION '% of % comes first', to_char(first, 'YYYY-MM'), of_institution
              USING ERRCODE = 'restrict_violation', HINT = 'Months are closed in order, one after the other.';
    END IF;
    PERFORM ledger.require_ready(m.institution_id, m.month);
    -- Working days: Monday to Friday.
    SELECT coalesce(max(d.day), today - 1) INTO until
    FROM (SELECT g.day::date
          FROM generate_series(today + 1, today + 100, interval '1 day') AS g (day)
          WHERE extract(isodow FROM g.day) < 6
          ORDER BY g.day
          LIMIT coalesce((SELECT review_days FROM ledger.policy WHERE institution_id = m.institution_id), 10)) AS d;
    INSERT INTO ledger.period AS p (institution_id, month, state, review_until)
    VALUES (m.institution_id, m.month, 'soft', until)
    ON CONFLICT (institution_id, month) DO UPDATE SET state = 'soft', review_until = excluded.review_until;
    INSERT INTO ledger.period_change (institution_id, month, state) VALUES (m.institution_id, m.month, 'soft');
    RETURN until;
END
$$;
COMMENT ON FUNCTION ledger.begin_close(text, text) IS 'Have a month of an institution reviewed: from now on its charges stand, and what is found out is booked in the next month. Returns the last day of the review. Everything that the month is not ready for must be settled or waived (ledger.readiness)';

GRANT EXECUTE ON FUNCTION ledger.begin_close(text, text) TO hm_controller;
