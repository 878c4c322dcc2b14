CREATE FUNCTION ledger.verify(of_institution text DEFAULT '')
    RETURNS TABLE (institution text, month date, kind text, day date, finding text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    WITH period AS (
        SELECT i.code, p.institution_id, p.month
        FROM ledger.period AS p JOIN org.institution AS i USING (institution_id)
        WHERE p.state = 'closed' AND (of_institution = '' OR i.code = of_institution)
    ),
    finding AS (
        SELECT p.code, p.month, coalesce(d.kind, n.kind) AS kind, coalesce(d.day, n.day) AS day,
               CASE WHEN d.kind IS NULL THEN format('%s rows that were not there when it was closed', n.n_rows)
                    WHEN n.kind IS NULL THEN format('%s rows are gone', d.n_rows)
                    WHEN d.n_rows <> n.n_rows THEN format('%s rows, not %s', n.n_rows, d.n_rows)
                    ELSE format('%s rows, but not the same', n.n_rows) END AS finding
        FROM period AS p
        CROSS JOIN LATERAL (
            SELECT d.kind AS old_kind, d.day AS old_day, d.n_rows AS old_rows, d.sha256 AS old_sha256,
                   n.kind AS new_kind, n.day AS new_day, n.n_rows AS new_rows, n.sha256 AS new_sha256
            FROM (SELECT * FROM ledger.digest AS g
                  WHERE g.institution_id = p.institution_id AND g.month = p.month) AS d
            FULL JOIN ledger.digests(p.institution_id, p.month) AS n USING (kind, day)
        ) AS b
        CROSS JOIN LATERAL (SELECT b.old_kind AS kind, b.old_day AS day, b.old_rows AS n_rows) AS d
        CROSS JOIN LATERAL (SELECT b.new_kind AS kind, b.new_day AS day, b.new_rows AS n_rows) AS n
        WHERE b.old_sha256 IS DISTINCT FROM b.new_sha256
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
