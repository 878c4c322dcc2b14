SELECT count(*), coalesce(sum(last_sequence - first_sequence + 1), 0) FROM ingest.gap
