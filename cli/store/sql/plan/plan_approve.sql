SELECT format('%s: version %s approved', $2, to_char(v AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
FROM fund.approve_plan($1, $2, $3) AS v
ORDER BY v
