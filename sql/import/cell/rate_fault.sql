CREATE FUNCTION import.rate_fault(value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN value ~ '^-\d+(\.\d+)?$'        THEN 'must not be negative'
        WHEN value !~ '^\d+(\.\d+)?$'        THEN 'is not a decimal number such as 0.013'
        WHEN value ~ '\.\d{14}'              THEN 'has more than 13 fraction digits'
        WHEN value !~ '^0*\d{1,10}(\.|$)'    THEN 'has more than 10 digits before the point'
    END;
COMMENT ON FUNCTION import.rate_fault(text) IS 'Why the cell can''t be a rate; null if it can';

GRANT EXECUTE ON FUNCTION import.rate_fault(text) TO hm_rater;
