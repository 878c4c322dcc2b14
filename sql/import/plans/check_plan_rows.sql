CREATE FUNCTION import.check_plan_rows()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.line, c.column_name, c.value, c.reason
    FROM (SELECT s.*, s.tier::integer AS tier_number,
                 min(s.line) OVER version AS first_line,
                 max(s.tier::integer) OVER version AS last_tier,
                 min(s.basis) OVER version AS any_basis,
                 min(s.author) OVER version AS any_author,
                 min(s.approver) OVER version AS any_approver,
                 dense_rank() OVER (version ORDER BY s.tier::integer) AS place,
                 min(s.line) OVER tier AS tier_line,
                 sum(s.weight_ppm::bigint) OVER tier AS tier_weight,
                 min(s.line) OVER (PARTITION BY s.institution, s.plan, v.starts, s.tier::integer,
                                                s.leg::integer) AS leg_line,
                 min(s.line) OVER (PARTITION BY s.institution, s.plan, v.starts, s.tier::integer, s.fund) AS fund_line
          FROM import_stage AS s
          JOIN validity AS v USING (line)
          WINDOW version AS (PARTITION BY s.institution, s.plan, v.starts),
                 tier AS (PARTITION BY s.institution, s.plan, v.starts, s.tier::integer)) AS r
    CROSS JOIN LATERAL (
        VALUES ('tier', r.tier, CASE
                    WHEN r.tier_number <> r.place THEN 'is not the next tier: ' || r.place || ' is missing' END),
               ('leg', r.leg, CASE WHEN r.leg_line < r.line THEN 'of this tier is already in line ' || r.leg_line END),
               ('fund', r.fund, CASE WHEN r.fund_line < r.line THEN 'of this tier is already in line ' || r.fund_line END),
               ('weight_ppm', r.weight_ppm, CASE
                    WHEN r.line = r.tier_line AND r.tier_weight <> 1000000
                    THEN format('the weights of tier %s add up to %s ppm, not 1000000', r.tier_number, r.tier_weight) END),
               ('cap', r.cap, CASE
                    WHEN r.tier_number = r.last_tier AND r.cap IS NOT NULL
                    THEN 'the last tier pays whatever is left: it has no cap' END),
               ('only_classes', r.only_classes, CASE
                    WHEN r.tier_number = r.last_tier AND r.only_classes IS NOT NULL
                    THEN 'the last tier pays whatever is left: for every class' END),
               ('on_exhaust', r.on_exhaust, CASE
                    WHEN r.tier_number = r.last_tier AND r.on_exhaust <> 'spill'
                    THEN 'the last tier pays whatever is left: leave it empty' END),
               ('basis', r.basis, CASE
                    WHEN r.any_basis IS NULL AND r.line = r.first_line
                    THEN 'is required, in one line of the version: why it is split so (2 CFR 200.405(d))'
                    WHEN r.basis <> r.any_basis THEN 'differs from another line: ' || r.any_basis END),
               ('author', r.author, CASE
                    WHEN r.any_author IS NULL AND r.line = r.first_line THEN 'is required, in one line of the version'
                    WHEN r.author <> r.any_author THEN 'differs from another line: ' || r.any_author END),
               ('approver', r.approver, CASE
                    WHEN r.approver <> r.any_approver THEN 'differs from another line: ' || r.any_approver
                    WHEN r.any_approver = r.any_author AND r.line = r.first_line
                    THEN 'is the author: it takes somebody else to approve it' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_plan_rows() IS 'What is wrong with a file of the kind plans whose cells are sound: tiers, weights, and what its last tier may not say';

GRANT EXECUTE ON FUNCTION import.check_plan_rows() TO hm_rater;
