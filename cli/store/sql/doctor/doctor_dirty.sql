SELECT count(DISTINCT (hub_id, day)), coalesce(min(day)::text, '') FROM ingest.dirty_day
