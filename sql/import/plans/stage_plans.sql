-- Same institution, plan and start: same version. Its rows hold until the next version that is approved, so
-- none of import.law's times are theirs.
CREATE FUNCTION import.stage_plans() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, s.plan, v.starts AS valid_from,
               min(s.line) OVER version AS version_line,
               min(s.basis) OVER version AS basis, min(s.author) OVER version AS author,
               min(s.approver) OVER version AS approver,
               ROW(NULL, NULL, s.tier, s.leg, f.fund_id, s.weight_ppm, s.cap::numeric(20,2),
                   CASE WHEN s.cap IS NOT NULL THEN coalesce(s.cap_window, 'life') END,
                   CASE WHEN s.only_classes IS NOT NULL
                        THEN array_replace(regexp_split_to_array(s.only_classes, ' +'), '(none)', '') END,
                   coalesce(s.on_exhaust, 'spill'))::fund.plan_leg AS plan_leg
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
        WINDOW version AS (PARTITION BY i.institution_id, s.plan, v.starts)
    ),
    known AS (
        SELECT p.institution_id, p.code, v.plan_version_id, v.valid_from, v.basis, v.author, v.approver,
               fund.version_status(v) AS status,
               array_agg(import.leg_text(l) ORDER BY l.tier, l.sequence) AS legs
        FROM fund.plan AS p
        JOIN fund.plan_version AS v USING (plan_id)
        JOIN fund.plan_leg AS l USING (plan_version_id)
        WHERE v.voided_at IS NULL AND p.institution_id IN (SELECT s.institution_id FROM s)
        GROUP BY p.institution_id, p.code, v.plan_version_id
    ),
    version AS (
        SELECT s.version_line, s.institution_id, s.plan, s.valid_from,
               array_agg(import.leg_text(s.plan_leg) ORDER BY (s.plan_leg).tier, (s.plan_leg).sequence) AS legs
        FROM s
        GROUP BY s.version_line, s.institution_id, s.plan, s.valid_from
    )
    SELECT s.*, k.status, 'fund.plan_version' AS fact, k.plan_version_id::bigint AS row_id, NULL AS row_source,
           coalesce((k.basis, k.author, k.legs) = (s.basis, s.author, w.legs)
                    AND k.approver IS NOT DISTINCT FROM s.approver, false) AS is_same,
           'empty'::tstzrange AS valid, ARRAY['plan'] AS laws,
           ARRAY[s.institution_id || '/' || s.plan || '/' || s.valid_from] AS keys
    FROM s
    JOIN version AS w USING (version_line)
    LEFT JOIN known AS k ON (k.institution_id, k.code, k.valid_from) = (s.institution_id, s.plan, s.valid_from);
END
$$;
COMMENT ON FUNCTION import.stage_plans() IS 'import.stage_file for the kind plans';

GRANT EXECUTE ON FUNCTION import.stage_plans() TO hm_rater;
