-- Same domain and start: same row.
CREATE FUNCTION import.stage_domains() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, lower(s.domain) AS domain, i.institution_id, u.unit_id,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    )
    SELECT s.*, 'org.domain' AS fact, k.domain_id::bigint AS row_id, k.source AS row_source,
           k.domain_id IS NOT NULL
           AND (k.institution_id, k.unit_id, k.valid) IS NOT DISTINCT FROM (s.institution_id, s.unit_id, s.valid)
               AS is_same,
           ARRAY['domain'] AS laws, ARRAY[s.domain] AS keys
    FROM s
    LEFT JOIN org.domain AS k
           ON k.domain = s.domain AND k.voided_at IS NULL
          AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_domains() IS 'import.stage_file for the kind domains';

GRANT EXECUTE ON FUNCTION import.stage_domains() TO hm_rater;
