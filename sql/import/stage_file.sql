CREATE FUNCTION import.stage_file(kind text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.staged;
    CASE kind
        WHEN 'org'         THEN PERFORM import.stage_org();
        WHEN 'people'      THEN PERFORM import.stage_people();
        WHEN 'memberships' THEN PERFORM import.stage_memberships();
        WHEN 'groups'      THEN PERFORM import.stage_groups();
        WHEN 'members'     THEN PERFORM import.stage_members();
        WHEN 'prices'      THEN PERFORM import.stage_prices();
        WHEN 'settlements' THEN PERFORM import.stage_settlements();
        WHEN 'domains'     THEN PERFORM import.stage_domains();
        WHEN 'bill', 'bill-rules', 'bill-policies', 'rate-studies', 'fees', 'service-accounts', 'chart-segments',
             'funds', 'amendments', 'thresholds', 'closing' THEN PERFORM import.stage_nothing();
        WHEN 'customers'   THEN PERFORM import.stage_customers();
        WHEN 'plans'       THEN PERFORM import.stage_plans();
        WHEN 'assignments' THEN PERFORM import.stage_assignments();
        WHEN 'caps'        THEN PERFORM import.stage_caps();
        WHEN 'budgets'     THEN PERFORM import.stage_budgets();
        WHEN 'stewards'    THEN PERFORM import.stage_stewards();
        WHEN 'readers'     THEN PERFORM import.stage_readers();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
    ANALYZE pg_temp.staged;
END
$$;
COMMENT ON FUNCTION import.stage_file(text) IS 'Make pg_temp.staged of import_stage, whose cells are sound: what the file says that holds for a time, with the stored row each one is. Common to all kinds: line, fact (table), row_id (null: new), row_source, is_same, valid, laws and keys (import.law, in parallel)';

GRANT EXECUTE ON FUNCTION import.stage_file(text) TO hm_rater;
