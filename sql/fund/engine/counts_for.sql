CREATE FUNCTION fund.counts_for(fund_id integer, plan_id integer, is_last_tier boolean, unit_ids integer[],
                                person_id integer)
    RETURNS TABLE (scope text, id integer, of_plan integer)
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
        SELECT 'fund', fund_id, 0
        UNION ALL SELECT 'fund cap', fund_id, 0
        UNION ALL SELECT 'leg', fund_id, plan_id
        UNION ALL SELECT 'plan cap', plan_id, 0 WHERE NOT is_last_tier
        UNION ALL SELECT 'unit cap', u.id, 0 FROM unnest(unit_ids) AS u (id) WHERE NOT is_last_tier
        UNION ALL SELECT 'person cap', person_id, 0 WHERE NOT is_last_tier AND person_id IS NOT NULL;
    END;
COMMENT ON FUNCTION fund.counts_for(integer, integer, boolean, integer[], integer) IS 'All that a leg of a plan counts for when it pays for somebody: its fund, its place in the plan, and before the last tier the plan, the departments and the person';

GRANT EXECUTE ON FUNCTION fund.counts_for(integer, integer, boolean, integer[], integer)
    TO hm_owner; -- a part of fund.fund_days()
