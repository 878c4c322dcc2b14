CREATE FUNCTION bill.parse_tags(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tags jsonb;
BEGIN
    tags := coalesce(nullif(value, ''), '{}')::jsonb;
    RETURN CASE jsonb_typeof(tags) WHEN 'object' THEN tags WHEN 'null' THEN '{}' END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION bill.parse_tags(text) IS 'Tags of a line: a JSON object; {} where there are none; null if it is something else';

GRANT EXECUTE ON FUNCTION bill.parse_tags(text) TO hm_rater;
