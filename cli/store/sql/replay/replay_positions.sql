SELECT topic, partition, next_offset, first_offset FROM ingest.partition ORDER BY topic, partition
