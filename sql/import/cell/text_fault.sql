-- What is wrong with a cell of any column. A user name with a blank behind it, which nobody sees, would
-- be somebody else's, and the usage land in suspense.
CREATE FUNCTION import.text_fault(value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN value ~ '[\x01-\x1f\x7f-\x9f\u2028\u2029]' THEN 'has a control character or line break'
        WHEN value ~ '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]'
                                                        THEN 'has an invisible character: type it anew'
        WHEN value ~ '\u00a0'                           THEN 'has a no-break space: type a blank instead'
        WHEN value ~ '^[ \u3000]'                       THEN 'begins with a blank'
        WHEN value ~ '[ \u3000]$'                       THEN 'ends with a blank'
    END;
COMMENT ON FUNCTION import.text_fault(text) IS 'Why no cell can hold this text; null if one can';

GRANT EXECUTE ON FUNCTION import.text_fault(text) TO hm_rater;
