-- As quarantine_groups.sql, each message by itself.
SELECT quarantine_id AS id, topic, partition, record_offset AS "offset", reason AS refused_as, state,
       octet_length(payload) AS bytes,
       to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS refused_at,
       to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS written_at
FROM ingest.quarantine
WHERE $1 IN ('', topic) AND $2 IN ('', reason) AND (state = 'open' OR $4::boolean)
  AND ($3::bigint = 0 OR received_at > now() - $3::bigint * interval '1 microsecond')
ORDER BY topic, partition, record_offset, quarantine_id
