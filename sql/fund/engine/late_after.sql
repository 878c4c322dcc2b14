CREATE FUNCTION fund.late_after(of_institution integer) RETURNS interval
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN make_interval(months => coalesce(
        (SELECT late_periods FROM ledger.policy WHERE institution_id = of_institution AND late_plan_id IS NOT NULL),
        100000));
COMMENT ON FUNCTION fund.late_after(integer) IS 'How long after a usage month the posting month of a charge may be before it came too late and is paid by the institution''s plan for that (ledger.policy); without such a plan: longer than any is';

GRANT EXECUTE ON FUNCTION fund.late_after(integer) TO hm_owner; -- a part of fund.fund_days()
