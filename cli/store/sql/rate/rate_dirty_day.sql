-- No row: somebody else rated the day meanwhile.
SELECT r.added, r.changed, r.removed, r.unchanged
FROM charge.rate_day($1::integer, $2::date, $3::bigint) AS r
WHERE EXISTS (SELECT FROM ingest.dirty_day WHERE hub_id = $1::integer AND day = $2::date)
