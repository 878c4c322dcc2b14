-- $1 institution, '' for all
SELECT institution, to_char(month, 'YYYY-MM') AS month, state, review_until, prepared_by, closed_by,
       to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS closed_at, waivers
FROM report.period
WHERE $1 IN ('', institution)
ORDER BY report.period.institution, report.period.month
