CREATE FUNCTION import.amount_fault(value text, is_required boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN value IS NULL THEN CASE WHEN is_required THEN 'is required' END
        WHEN is_required AND value ~ '^-' THEN 'must not be negative'
        WHEN value !~ '^-?\d{1,17}(\.\d{1,2})?$' THEN 'is not an amount such as 180000.00'
    END;
COMMENT ON FUNCTION import.amount_fault(text, boolean) IS 'Why the cell can''t be an amount of money in cents, which must be there and not be negative or else may be both; null if it can';

GRANT EXECUTE ON FUNCTION import.amount_fault(text, boolean) TO hm_rater;
