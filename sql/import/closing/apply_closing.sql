CREATE FUNCTION import.apply_closing() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    WITH said AS (
        SELECT i.institution_id, coalesce(s.review_days::smallint, 10) AS review_days,
               coalesce(s.late_months::smallint, 2) AS late_periods, p.plan_id AS late_plan_id, s.recovery, s.due_from,
               s.due_to, s.suspense
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        LEFT JOIN fund.plan AS p ON (p.institution_id, p.code) = (i.institution_id, s.late_plan)
        EXCEPT
        SELECT institution_id, review_days, late_periods, late_plan_id, recovery, due_from, due_to, suspense
        FROM ledger.policy
    )
    INSERT INTO ledger.policy AS p (institution_id, review_days, late_periods, late_plan_id, recovery, due_from, due_to,
                                    suspense)
    SELECT institution_id, review_days, late_periods, late_plan_id, recovery, due_from, due_to, suspense FROM said
    ON CONFLICT (institution_id) DO UPDATE
       SET review_days = excluded.review_days, late_periods = excluded.late_periods,
           late_plan_id = excluded.late_plan_id, recovery = excluded.recovery, due_from = excluded.due_from,
           due_to = excluded.due_to, suspense = excluded.suspense;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION import.apply_closing() IS 'import.apply_file for the kind closing';

GRANT EXECUTE ON FUNCTION import.apply_closing() TO hm_rater;
