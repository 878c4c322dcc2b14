-- What the live database did that a replay does not, by hub.
SELECT regexp_replace(p.topic, '^usage[.](.*)[.]v1$', '\1') AS hub,
       format('%s offsets of partition %s were given up', p.lost, p.partition) AS note
FROM ingest.partition AS p WHERE p.lost > 0
UNION ALL
SELECT regexp_replace(p.topic, '^usage[.](.*)[.]v1$', '\1'),
       format('partition %s is stopped: %s', p.partition, p.stopped_reason)
FROM ingest.partition AS p WHERE p.stopped_reason IS NOT NULL
UNION ALL
SELECT regexp_replace(d.topic, '^usage[.](.*)[.]v1$', '\1'),
       format('its topic was made anew on %s', to_char(d.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
FROM ingest.decision AS d WHERE d.act = 'restart'
UNION ALL
SELECT regexp_replace(a.topic, '^usage[.](.*)[.]v1$', '\1'),
       format('%s messages were taken from quarantine%s', count(*),
              CASE WHEN count(a.shift) > 0 THEN format(', %s of them dated anew', count(a.shift)) ELSE '' END)
FROM ingest.quarantine_act AS a WHERE a.outcome = 'taken'
GROUP BY a.topic
UNION ALL
SELECT h.name, 'nothing of it was read from Kafka'
FROM usage.hub AS h
WHERE NOT EXISTS (SELECT FROM ingest.partition AS p WHERE p.topic = format('usage.%s.v1', h.name))
