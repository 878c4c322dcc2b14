-- By itself, and as a part of a longer one: ")(" is only right in the latter.
CREATE FUNCTION import.pattern_fault(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM '' ~ value, '' ~ ('^(?:' || value || ')$');
    RETURN CASE WHEN value ~ '\\[1-9]' THEN 'refers back to a group, which a part of a longer pattern can''t' END;
EXCEPTION WHEN invalid_regular_expression THEN
    RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION import.pattern_fault(text) IS 'Why the cell can''t be a regular expression; null if it can';

GRANT EXECUTE ON FUNCTION import.pattern_fault(text) TO hm_rater;
