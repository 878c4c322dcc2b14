CREATE FUNCTION fund.history_ends() RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN (SELECT usage.slot_of(min(m.applied_at)) FROM audit.migration AS m);
COMMENT ON FUNCTION fund.history_ends() IS 'When the database was made: of usage before it a file may say who approved the plan, from then on plans are approved here';

GRANT EXECUTE ON FUNCTION fund.history_ends() TO hm_rater, hm_finance, hm_controller;
