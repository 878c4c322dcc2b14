SELECT stream, sequence FROM ingest.watermark
WHERE topic = $1 AND partition = $2::integer
