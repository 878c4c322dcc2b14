CREATE FUNCTION report.plan_leg_rule(of_leg integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'plan', p.code,
        'valid_from', v.valid_from,
        'status', fund.version_status(v),
        'basis', v.basis,
        'author', v.author,
        'approver', coalesce(v.approved_by, v.approver),
        'approved_at', v.approved_at,
        'tier', l.tier,
        'leg', l.sequence,
        'weight_ppm', l.weight_ppm)
    FROM fund.plan_leg AS l
    JOIN fund.plan_version AS v USING (plan_version_id)
    JOIN fund.plan AS p USING (plan_id)
    WHERE l.plan_leg_id = of_leg
$$;
COMMENT ON FUNCTION report.plan_leg_rule(integer) IS 'A leg of a plan and the version it belongs to: since when that holds (UTC), why it is split so, who wrote it, who approved it (approved_at null: as a file says); null: there is none';

GRANT EXECUTE ON FUNCTION report.plan_leg_rule(integer) TO hm_owner; -- a part of report.explain_line()
