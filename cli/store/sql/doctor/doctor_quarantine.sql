SELECT (SELECT count(*) FROM ingest.quarantine),
       (SELECT format('%s in %s at %s', reason, topic,
                      to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
        FROM ingest.quarantine
        ORDER BY received_at DESC
        LIMIT 1)
