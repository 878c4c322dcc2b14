SELECT ingest.move_streams()
