-- $1 institution, '' for all
SELECT id, institution, kind, code, fiscal_year, percent, amount, trim_scale(spent) AS spent, currency,
       to_char(raised_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS raised_at,
       to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ended_at, attempts, http_status,
       to_char(delivered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS delivered_at
FROM report.alert
WHERE $1 IN ('', institution)
ORDER BY id
