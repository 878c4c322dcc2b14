CREATE FUNCTION org.fold_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(normalize(name, NFKC));
COMMENT ON FUNCTION org.fold_name(text) IS 'The same for names that differ only in case or in how characters are composed';

GRANT EXECUTE ON FUNCTION org.fold_name(text) TO hm_rater;
