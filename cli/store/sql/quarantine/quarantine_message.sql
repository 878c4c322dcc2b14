SELECT topic, partition, record_offset, reason, state,
       to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ', by the ' || written_by,
       encode(payload, 'hex')
FROM ingest.quarantine
WHERE quarantine_id = $1::bigint
