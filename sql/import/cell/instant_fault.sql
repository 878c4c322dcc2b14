CREATE FUNCTION import.instant_fault(value text, time_zone text) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN value IS NULL THEN NULL
        WHEN import.parse_instant(value, time_zone) IS NULL
        THEN 'is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'
        WHEN NOT usage.is_slot_start(import.parse_instant(value, time_zone))
        THEN 'boundary ' || value || ' is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'
    END;
COMMENT ON FUNCTION import.instant_fault(text, text) IS 'Why the cell can''t be a boundary; null if it can';

GRANT EXECUTE ON FUNCTION import.instant_fault(text, text) TO hm_rater;
