-- Same institution, scope, code and start: same assignment.
CREATE FUNCTION import.stage_assignments() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, p.plan_id, s.scope,
               import.scope_id(i.institution_id, s.scope, s.code) AS id,
               CASE s.scope WHEN 'tag' THEN s.code END AS tag, tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        JOIN fund.plan AS p ON p.institution_id = i.institution_id AND p.code = s.plan
    )
    SELECT s.*, 'fund.assignment' AS fact, k.assignment_id::bigint AS row_id, k.source AS row_source,
           coalesce((k.plan_id, k.valid) = (s.plan_id, s.valid), false) AS is_same,
           ARRAY['assignment'] AS laws, ARRAY[concat_ws('/', s.institution_id, s.scope, s.id, s.tag)] AS keys
    FROM s
    LEFT JOIN fund.assignment AS k
           ON (k.institution_id, k.scope) = (s.institution_id, s.scope)
          AND coalesce(k.unit_id, k.group_id, k.person_id) IS NOT DISTINCT FROM s.id
          AND k.tag IS NOT DISTINCT FROM s.tag
          AND k.voided_at IS NULL AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_assignments() IS 'import.stage_file for the kind assignments';

GRANT EXECUTE ON FUNCTION import.stage_assignments() TO hm_rater;
