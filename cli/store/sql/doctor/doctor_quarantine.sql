SELECT (SELECT count(*) FROM ingest.quarantine WHERE state = 'open'),
       (SELECT format('%s in %s at %s', reason, topic,
                      to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
        FROM ingest.quarantine
        WHERE state = 'open'
        ORDER BY received_at DESC
        LIMIT 1)
