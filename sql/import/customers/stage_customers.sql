-- Same provider, institution and start: same row.
CREATE FUNCTION import.stage_customers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, p.institution_id AS provider_id, i.institution_id, s.rate_class,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS p ON p.code = s.provider
        JOIN org.institution AS i ON i.code = s.institution
    )
    SELECT s.*, 'price.customer' AS fact, k.customer_id::bigint AS row_id, k.source AS row_source,
           coalesce((k.rate_class, k.valid) = (s.rate_class, s.valid), false) AS is_same,
           ARRAY['customer'] AS laws, ARRAY[s.provider_id || '/' || s.institution_id] AS keys
    FROM s
    LEFT JOIN price.customer AS k
           ON (k.provider_id, k.institution_id) = (s.provider_id, s.institution_id) AND k.voided_at IS NULL
          AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_customers() IS 'import.stage_file for the kind customers';

GRANT EXECUTE ON FUNCTION import.stage_customers() TO hm_rater;
