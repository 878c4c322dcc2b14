-- All of it as it was when the month was closed, so that the bytes are the same each time. Without a grammar of chart
-- strings all of one is the fund.
CREATE FUNCTION ledger.journal_lines(of_institution text, of_journal text)
    RETURNS TABLE (batch_id text, line_no integer, post_date date, fiscal_year integer, fiscal_period text,
                   institution text, chart text, fund text, org text, account text, program text, activity text,
                   location text, project text, dr_cr text, amount_cents bigint, currency text, description text,
                   usage_period text, cost_centre text, kind text, reverses_line text, reference text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.code, l.line_no, (p.closed_at AT TIME ZONE i.time_zone)::date AS post_date,
           j.fiscal_year, to_char(j.fiscal_period, 'FM00') AS fiscal_period, i.code AS institution,
           l.segments ->> 'chart' AS chart,
           CASE WHEN l.segments IS NULL THEN l.chart_string ELSE l.segments ->> 'fund' END AS fund,
           l.segments ->> 'org' AS org, l.segments ->> 'account' AS account, l.segments ->> 'program' AS program,
           l.segments ->> 'activity' AS activity, l.segments ->> 'location' AS location,
           l.segments ->> 'project' AS project, CASE WHEN l.amount > 0 THEN 'D' ELSE 'C' END AS dr_cr,
           trunc(abs(l.amount) * 100)::bigint AS amount_cents, j.currency,
           concat_ws(' ', 'JupyterHub',
                     CASE l.account WHEN 'recovery' THEN 'recovery' WHEN 'due from' THEN 'due from ' || o.code
                                    WHEN 'due to' THEN 'due to ' || o.code WHEN 'suspense' THEN 'suspense' END,
                     CASE WHEN l.kind = 'reversal' THEN 'reversal' END, to_char(coalesce(l.month, j.period), 'YYYY-MM'),
                     u.code) AS description,
           to_char(l.month, 'YYYY-MM') AS usage_period, u.code AS cost_centre, l.kind, l.reverses AS reverses_line,
           coalesce(f.code, o.code) AS reference
    FROM ledger.journal AS j
    JOIN ledger.period AS p ON p.institution_id = j.institution_id AND p.month = j.period
    JOIN org.institution AS i ON i.institution_id = j.institution_id
    JOIN ledger.journal_line AS l USING (journal_id)
    LEFT JOIN fund.fund AS f USING (fund_id)
    LEFT JOIN org.unit AS u ON u.unit_id = l.unit_id
    LEFT JOIN org.institution AS o ON o.institution_id = l.counterparty_id
    WHERE i.code = of_institution AND j.code = of_journal AND org.sees_institution(i.institution_id)
    ORDER BY l.line_no
$$;
COMMENT ON FUNCTION ledger.journal_lines(text, text) IS 'The lines of a journal of an institution in the columns of the canonical file (docs/journal.md), in order; amounts are positive, in cents';

GRANT EXECUTE ON FUNCTION ledger.journal_lines(text, text) TO hm_finance, hm_controller;
