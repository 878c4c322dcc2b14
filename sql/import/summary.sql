CREATE FUNCTION import.summary(kind text) RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT format('  %s: %s line%s, %s %s%s%s',
                      concat_ws(' ', s.issuer, nullif(s.account, ''),
                                to_char(s.period_start AT TIME ZONE 'UTC', 'YYYY-MM')),
                      r.lines, CASE r.lines WHEN 1 THEN '' ELSE 's' END, trim_scale(r.total), s.currency,
                      CASE WHEN r.total <> r.difference
                           THEN format(' (%s%s)', CASE WHEN r.difference > 0 THEN '+' ELSE '' END,
                                       trim_scale(r.difference)) ELSE '' END,
                      CASE WHEN u.lines > 0
                           THEN format('; no rule fits %s of them, %s %s: hubmeter bill unmatched', u.lines,
                                       trim_scale(u.cost), s.currency) ELSE '' END)
        FROM bill.revision AS r
        JOIN bill.statement AS s USING (revision_id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS lines, sum(l.cost) AS cost
            FROM bill.matches(r.revision_id) AS m
            JOIN bill.line AS l USING (bill_line_id)
            WHERE m.rule_id IS NULL
        ) AS u
        WHERE kind = 'bill' AND r.imported_at = now()
        ORDER BY s.period_start, s.statement_id;
    END;
COMMENT ON FUNCTION import.summary(text) IS 'What the transaction''s import took over, in words, where the number of rows does not say it: of a bill its total, how it differs from the one before, and what no rule fits';

GRANT EXECUTE ON FUNCTION import.summary(text) TO hm_rater;
