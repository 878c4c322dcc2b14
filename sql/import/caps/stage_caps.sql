-- Same institution, scope, code, window and start: same cap.
CREATE FUNCTION import.stage_caps() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, s.scope, import.scope_id(i.institution_id, s.scope, s.code) AS id,
               s.amount::numeric AS amount, s."window" AS cap_window, coalesce(s.overdraw::numeric, 0) AS overdraw,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
    )
    SELECT s.*, 'fund.cap' AS fact, k.cap_id::bigint AS row_id, k.source AS row_source,
           coalesce((k.amount, k.overdraw, k.valid) = (s.amount, s.overdraw, s.valid), false) AS is_same,
           ARRAY['cap'] AS laws, ARRAY[concat_ws('/', s.institution_id, s.scope, s.id, s.cap_window)] AS keys
    FROM s
    LEFT JOIN fund.cap AS k
           ON (k.institution_id, k.scope, k.cap_window) = (s.institution_id, s.scope, s.cap_window)
          AND coalesce(k.fund_id, k.plan_id, k.unit_id, k.person_id) = s.id
          AND k.voided_at IS NULL AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_caps() IS 'import.stage_file for the kind caps';

GRANT EXECUTE ON FUNCTION import.stage_caps() TO hm_rater;
