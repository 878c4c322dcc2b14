CREATE FUNCTION bill.fits(value text, pattern text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN pattern IS NULL
        OR coalesce(value, '') LIKE replace(replace(replace(replace(pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%');
COMMENT ON FUNCTION bill.fits(text, text) IS 'Does the value fit the pattern, in which * stands for anything and null for no pattern? The case counts';

GRANT EXECUTE ON FUNCTION bill.fits(text, text) TO hm_rater;
