SELECT format('%s of %s from %s', plan, institution, to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
FROM report.plan_version
WHERE status = 'waiting' AND valid_from <= now()
GROUP BY institution, plan, valid_from
ORDER BY institution, plan, valid_from
