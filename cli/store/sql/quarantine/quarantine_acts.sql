-- A line for people of each time that somebody did something with the message.
SELECT format('%s %s by %s%s%s', to_char(acted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
              outcome || coalesce(' as ' || still_refused_as, '') || CASE WHEN is_dropped THEN ', payload dropped' ELSE '' END,
              acted_by, coalesce(', shifted by ' || shift, ''), coalesce(': ' || reason, ''))
FROM ingest.quarantine_act
WHERE quarantine_id = $1::bigint
ORDER BY act_id
