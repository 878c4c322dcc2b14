CREATE FUNCTION import.stage_nothing() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged (
        line integer, fact text, row_id bigint, row_source text, is_same boolean, valid tstzrange,
        laws text[], keys text[]
    ) ON COMMIT DROP;
END
$$;
COMMENT ON FUNCTION import.stage_nothing() IS 'import.stage_file for kinds that say nothing that holds for a time';

GRANT EXECUTE ON FUNCTION import.stage_nothing() TO hm_rater;
