CREATE FUNCTION import.apply_plans() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added bigint;
BEGIN
    PERFORM audit.void_rows('fund.plan_version', array_agg(DISTINCT s.row_id), 'replaced before it was approved')
    FROM staged AS s WHERE NOT s.is_same AND s.row_id IS NOT NULL;

    INSERT INTO fund.plan (institution_id, code)
    SELECT s.institution_id, s.plan FROM staged AS s GROUP BY s.institution_id, s.plan ORDER BY min(s.line)
    ON CONFLICT DO NOTHING;
    INSERT INTO fund.plan_version (plan_id, valid_from, basis, author, approver)
    SELECT p.plan_id, s.valid_from, s.basis, s.author, s.approver
    FROM staged AS s
    JOIN fund.plan AS p ON (p.institution_id, p.code) = (s.institution_id, s.plan)
    WHERE s.line = s.version_line AND NOT s.is_same
    ORDER BY s.line;
    INSERT INTO fund.plan_leg (plan_version_id, tier, sequence, fund_id, weight_ppm, cap, cap_window, only_classes,
                               on_exhaust)
    SELECT v.plan_version_id, (s.plan_leg).tier, (s.plan_leg).sequence, (s.plan_leg).fund_id, (s.plan_leg).weight_ppm,
           (s.plan_leg).cap, (s.plan_leg).cap_window, (s.plan_leg).only_classes, (s.plan_leg).on_exhaust
    FROM staged AS s
    JOIN fund.plan AS p ON (p.institution_id, p.code) = (s.institution_id, s.plan)
    JOIN fund.plan_version AS v ON (v.plan_id, v.valid_from) = (p.plan_id, s.valid_from) AND v.voided_at IS NULL
    WHERE NOT s.is_same
    ORDER BY s.line;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
COMMENT ON FUNCTION import.apply_plans() IS 'import.apply_file for the kind plans';

GRANT EXECUTE ON FUNCTION import.apply_plans() TO hm_rater;
