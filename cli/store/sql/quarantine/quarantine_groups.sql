-- $1 topic, '' for all; $2 name of the reason, '' for all; $3 microseconds back, 0 for all; $4 also what is not open
SELECT topic, reason AS refused_as, state, count(*) AS messages, sum(octet_length(payload)) AS bytes,
       to_char(min(received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_refused,
       to_char(max(received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_refused,
       min(quarantine_id) AS first_id, max(quarantine_id) AS last_id
FROM ingest.quarantine
WHERE $1 IN ('', topic) AND $2 IN ('', reason) AND (state = 'open' OR $4::boolean)
  AND ($3::bigint = 0 OR received_at > now() - $3::bigint * interval '1 microsecond')
GROUP BY topic, reason, state
ORDER BY topic, reason, state
