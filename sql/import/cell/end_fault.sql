CREATE FUNCTION import.end_fault(starts text, ends text, time_zone text) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN import.parse_instant(ends, time_zone) <= import.parse_instant(starts, time_zone)
        THEN 'is not after valid_from'
        ELSE import.instant_fault(ends, time_zone)
    END;
COMMENT ON FUNCTION import.end_fault(text, text, text) IS 'Why the cell valid_to can''t be the end of what begins at the cell valid_from; null if it can';

GRANT EXECUTE ON FUNCTION import.end_fault(text, text, text) TO hm_rater;
