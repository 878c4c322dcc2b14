CREATE FUNCTION import.leg_text(leg fund.plan_leg) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN to_jsonb(leg) - 'plan_leg_id' - 'plan_version_id';
COMMENT ON FUNCTION import.leg_text(fund.plan_leg) IS 'What a leg says, so that two can be compared';

GRANT EXECUTE ON FUNCTION import.leg_text(fund.plan_leg) TO hm_rater;
