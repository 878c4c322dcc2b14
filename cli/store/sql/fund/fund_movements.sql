-- $1 institutions, $2 a fund, $3 the month of each institution; null: all movements, else those of the month
-- with what was there before.
WITH movement AS (
    SELECT s.*, a.month AS asked
    FROM report.fund_statement AS s
    JOIN unnest($1::text[], $3::date[]) AS a (institution, month) USING (institution)
    WHERE s.institution = ANY ($1::text[]) AND s.fund = $2
)
SELECT institution, fund, day, kind, reference, plan, to_char(month, 'YYYY-MM') AS month,
       to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS recorded_at, recorded_by,
       trim_scale(change) AS change, trim_scale(balance) AS balance, currency
FROM (SELECT institution, fund, number, day, kind, reference, plan, month, recorded_at, recorded_by, change, balance,
             currency
      FROM movement
      WHERE asked IS NULL OR date_trunc('month', day)::date = asked
      UNION ALL
      SELECT institution, fund, 0, asked, 'brought forward', NULL, NULL, NULL, NULL, NULL, NULL, sum(change), currency
      FROM movement
      WHERE day < asked OR day IS NULL AND asked IS NOT NULL
      GROUP BY institution, fund, asked, currency) AS shown
ORDER BY number
