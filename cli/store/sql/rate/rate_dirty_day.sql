-- -1: somebody else rated the day meanwhile.
SELECT CASE WHEN EXISTS (SELECT FROM ingest.dirty_day
                         WHERE hub_id = $1::integer AND day = $2::date)
            THEN charge.rate_day($1::integer, $2::date)
            ELSE -1 END
