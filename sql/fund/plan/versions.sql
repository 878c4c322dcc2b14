-- An approval that a file tells of counts for usage before the database was made; from then on somebody
-- has to have approved the version here.
CREATE FUNCTION fund.versions(of_institution integer)
    RETURNS TABLE (plan_id integer, plan_version_id integer, valid_from timestamptz, valid tstzrange)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT v.plan_id, v.plan_version_id, v.valid_from,
               tstzrange(v.valid_from, CASE WHEN v.approved_at IS NULL THEN fund.history_ends() END)
        FROM fund.plan_version AS v
        JOIN fund.plan AS p USING (plan_id)
        WHERE p.institution_id = of_institution AND fund.version_status(v) IN ('approved', 'recorded');
    END;
COMMENT ON FUNCTION fund.versions(integer) IS 'Versions of an institution''s plans that are approved, and when each may pay ([from, to) in UTC): of those that may, the one with the latest valid_from does';

GRANT EXECUTE ON FUNCTION fund.versions(integer) TO hm_rater;
