SELECT ingest.advance(array_agg(topic), array_agg(partition), array_agg(owner_epoch),
                      array_agg(old_offset), array_agg(new_offset), array_agg(last_stream),
                      array_agg(last_sequence), array_agg(last_crc32c), array_agg(taken),
                      array_agg(duplicates), array_agg(quarantined), array_agg(skipped))
FROM (SELECT * FROM pg_temp.stage_partition ORDER BY topic, partition) AS p
