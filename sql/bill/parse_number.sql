CREATE FUNCTION bill.parse_number(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN btrim(value, '"') ~ '^[+-]?(\d{1,20}(\.\d{0,40})?|\.\d{1,40})([Ee]-\d{1,2})?$'
                THEN btrim(value, '"')::numeric END;
COMMENT ON FUNCTION bill.parse_number(text) IS 'Decimal number as clouds write it: perhaps in quotes, perhaps 35.2E-7; null if it is none';

GRANT EXECUTE ON FUNCTION bill.parse_number(text) TO hm_rater;
