CREATE FUNCTION fund.version_status(version fund.plan_version) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN version.voided_at IS NOT NULL THEN 'voided'
        WHEN version.approved_at IS NOT NULL THEN 'approved'
        WHEN version.approver IS NOT NULL AND version.valid_from < fund.history_ends() THEN 'recorded'
        ELSE 'waiting'
    END;
COMMENT ON FUNCTION fund.version_status(fund.plan_version) IS 'approved: here; recorded: a file says who approved it, for usage before the database was made; waiting: for somebody to approve it; voided';

GRANT EXECUTE ON FUNCTION fund.version_status(fund.plan_version) TO hm_rater, hm_finance, hm_controller;
