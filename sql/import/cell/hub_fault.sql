-- The same rule as for the name in a topic, usage.<hub>.v1: another hub could never have usage.
CREATE FUNCTION import.hub_fault(value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN value !~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$'
        THEN 'is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'
    END;
COMMENT ON FUNCTION import.hub_fault(text) IS 'Why the cell can''t be a hub; null if it can';

GRANT EXECUTE ON FUNCTION import.hub_fault(text) TO hm_rater;
