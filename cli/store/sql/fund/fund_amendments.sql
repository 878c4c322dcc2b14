-- $1 institutions, $2 a fund
SELECT number, kind, amount, effective, first_day, last_day, last_posting, reference,
       to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS recorded_at, recorded_by
FROM report.fund_amendment
WHERE institution = ANY ($1::text[]) AND fund = $2
ORDER BY number
