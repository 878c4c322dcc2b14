-- The next one after $1 that waits and that nobody else is sending.
SELECT w.alert_id,
       (SELECT json_build_object('id', v.id, 'institution', v.institution, 'kind', v.kind, 'code', v.code,
                                 'fiscal_year', v.fiscal_year, 'percent', v.percent, 'amount', v.amount,
                                 'spent', trim_scale(v.spent), 'currency', v.currency,
                                 'raised_at', to_char(v.raised_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        FROM report.alert AS v WHERE v.id = w.alert_id)
FROM budget.alert AS w
WHERE w.delivered_at IS NULL AND w.alert_id > $1::bigint
ORDER BY w.alert_id
LIMIT 1
FOR UPDATE SKIP LOCKED
