CREATE FUNCTION import.institution_fault(said text, known text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN said IS NULL THEN 'is required' WHEN known IS NULL THEN 'unknown institution' END;
COMMENT ON FUNCTION import.institution_fault(text, text) IS 'Why the cell can''t be the code of an institution that must be there, known by that code or by none (null); null if it can';

GRANT EXECUTE ON FUNCTION import.institution_fault(text, text) TO hm_rater;
