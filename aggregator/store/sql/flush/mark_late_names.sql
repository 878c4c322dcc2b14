SELECT ingest.mark_late_names()
