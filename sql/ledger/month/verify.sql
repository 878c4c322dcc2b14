CREATE FUNCTION ledger.verify(of_institution text DEFAULT '')
    RETURNS TABLE (institution text, month date, kind text, day date, finding text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    WITH period AS (
        SELECT i.code, p.institution_id, p.month
        FROM ledger.period AS p JOIN org.institution AS i USING (institution_id)
        WHERE p.state = 'closed' AND (of_institution = '' OR i.code = of_institution)
          AND org.sees_institution(i.institution_id)
    ),
    finding AS (
        SELECT p.code, p.month, b.kind, b.day,
               CASE WHEN b.kept IS NULL THEN format('%s rows that were not there when it was closed', b.found)
                    WHEN b.found IS NULL THEN format('%s rows are gone', b.kept)
                    WHEN b.kept <> b.found THEN format('%s rows, not %s', b.found, b.kept)
                    ELSE format('%s rows, but not the same', b.found) END AS finding
        FROM period AS p
        CROSS JOIN LATERAL (
            SELECT kind, day, d.n_rows AS kept, n.n_rows AS found
            FROM (SELECT * FROM ledger.digest AS g
                  WHERE g.institution_id = p.institution_id AND g.month = p.month) AS d
            FULL JOIN ledger.digests(p.institution_id, p.month) AS n USING (kind, day)
            WHERE d.sha256 IS DISTINCT FROM n.sha256
        ) AS b
        UNION ALL
        SELECT p.code, p.month, 'entries', p.month, format('batch %s is out of balance by %s %s', e.batch_id,
                                                           sum(e.amount), e.currency)
        FROM period AS p JOIN ledger.entry AS e ON e.institution_id = p.institution_id AND e.period = p.month
        GROUP BY p.code, p.month, e.batch_id, e.currency
        HAVING sum(e.amount) <> 0
        UNION ALL
        SELECT p.code, p.month, 'entries', p.month, format('journal %s is out of balance by %s', j.code, sum(l.amount))
        FROM period AS p
        JOIN ledger.journal AS j ON j.institution_id = p.institution_id AND j.period = p.month
        JOIN ledger.journal_line AS l USING (journal_id)
        GROUP BY p.code, p.month, j.code
        HAVING sum(l.amount) <> 0
    )
    SELECT p.code, p.month, f.kind, f.day, f.finding
    FROM period AS p LEFT JOIN finding AS f USING (code, month)
    ORDER BY p.code, p.month, f.kind, f.day
$$;
COMMENT ON FUNCTION ledger.verify(text) IS 'Compute the digests of closed months again, of one institution or (empty) of all, and compare: a row for each closed month, with what is not as it was, or null if all is; days are UTC days of the usage';

GRANT EXECUTE ON FUNCTION ledger.verify(text) TO hm_finance, hm_controller;
