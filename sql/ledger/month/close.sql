-- All in one transaction: a month is closed, with its entries, journal and digests, or it is not.
CREATE FUNCTION ledger.close(of_institution text, of_month text)
    RETURNS TABLE (journal text, lines bigint, debit numeric, currency text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    m record := ledger.month_of(of_institution, of_month);
    p ledger.period;
BEGIN
    LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE;
    PERFORM FROM ledger.turn FOR UPDATE;
    SELECT * INTO p FROM ledger.period AS o
    WHERE o.institution_id = m.institution_id AND o.month = m.month FOR UPDATE;
    IF p.state = 'closed' THEN
        RAISE EXCEPTION '% of % was closed by % on %', of_month, of_institution, p.closed_by,
              to_char(p.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
              USING ERRCODE = 'restrict_violation';
    ELSIF p.state IS DISTINCT FROM 'soft' THEN
        RAISE EXCEPTION '% of % is not under review', of_month, of_institution
              USING ERRCODE = 'restrict_violation', HINT = 'hubmeter close begin comes first.';
    ELSIF p.prepared_by = session_user THEN
        RAISE EXCEPTION '% prepared % of %: somebody else closes it', session_user, of_month, of_institution
              USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM ledger.require_ready(m.institution_id, m.month);
    PERFORM ledger.post_close(m.institution_id, m.month), ledger.make_journal(m.institution_id, m.month);
    INSERT INTO ledger.digest (institution_id, month, kind, day, n_rows, sha256)
    SELECT m.institution_id, m.month, d.kind, d.day, d.n_rows, d.sha256
    FROM ledger.digests(m.institution_id, m.month) AS d;
    UPDATE ledger.period AS o SET state = 'closed'
    WHERE o.institution_id = m.institution_id AND o.month = m.month;
    INSERT INTO ledger.period_change (institution_id, month, state) VALUES (m.institution_id, m.month, 'closed');
    RETURN QUERY
    SELECT j.code, count(l.line_no), coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0), j.currency
    FROM ledger.journal AS j LEFT JOIN ledger.journal_line AS l USING (journal_id)
    WHERE j.institution_id = m.institution_id AND j.period = m.month
    GROUP BY j.code, j.currency ORDER BY j.code;
END
$$;
COMMENT ON FUNCTION ledger.close(text, text) IS 'Close a month of an institution that was reviewed, for ever, as somebody else than who prepared it; posts its entries, makes its journals and keeps its digests. Returns the journals: code, lines, sum of the debits in the currency';

GRANT EXECUTE ON FUNCTION ledger.close(text, text) TO hm_controller;
