-- Same login, department and start: same row.
CREATE FUNCTION import.stage_stewards() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    SELECT s.line, s.login, u.institution_id, u.unit_id, r.valid, 'budget.steward' AS fact,
           k.steward_id::bigint AS row_id, k.source AS row_source, coalesce(k.valid = r.valid, false) AS is_same,
           ARRAY['steward'] AS laws, ARRAY[u.unit_id || '/' || s.login] AS keys
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    JOIN org.institution AS i ON i.code = s.institution
    JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (SELECT tstzrange(v.starts, v.ends) AS valid) AS r
    LEFT JOIN budget.steward AS k
           ON k.login = s.login AND k.unit_id = u.unit_id
          AND k.voided_at IS NULL AND lower(k.valid) IS NOT DISTINCT FROM v.starts;
END
$$;
COMMENT ON FUNCTION import.stage_stewards() IS 'import.stage_file for the kind stewards';

GRANT EXECUTE ON FUNCTION import.stage_stewards() TO hm_rater;
