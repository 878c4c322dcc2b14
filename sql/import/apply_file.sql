CREATE FUNCTION import.apply_file(kind text, source text DEFAULT 'csv', is_whole boolean DEFAULT false)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    voided bigint := 0;
BEGIN
    IF is_whole THEN
        voided := import.void_missing(kind, source);
    END IF;
    CASE kind
        WHEN 'org'         THEN RETURN voided + import.apply_org(source);
        WHEN 'people'      THEN RETURN voided + import.apply_people(source);
        WHEN 'memberships' THEN RETURN voided + import.apply_memberships(source);
        WHEN 'groups'      THEN RETURN voided + import.apply_groups(source);
        WHEN 'members'     THEN RETURN voided + import.apply_members(source);
        WHEN 'prices'      THEN RETURN voided + import.apply_prices(source);
        WHEN 'settlements' THEN RETURN voided + import.apply_settlements(source);
        WHEN 'domains'     THEN RETURN voided + import.apply_domains(source);
        WHEN 'bill'          THEN RETURN import.apply_bill();
        WHEN 'bill-rules'    THEN RETURN import.apply_bill_rules();
        WHEN 'bill-policies' THEN RETURN import.apply_bill_policies();
        WHEN 'customers'     THEN RETURN voided + import.apply_customers(source);
        WHEN 'rate-studies'  THEN RETURN import.apply_rate_studies();
        WHEN 'fees'          THEN RETURN import.apply_fees();
        WHEN 'service-accounts' THEN RETURN import.apply_service_accounts();
        WHEN 'chart-segments' THEN RETURN import.apply_chart_segments();
        WHEN 'funds'       THEN RETURN import.apply_funds();
        WHEN 'amendments'  THEN RETURN import.apply_amendments();
        WHEN 'plans'       THEN RETURN import.apply_plans();
        WHEN 'assignments' THEN RETURN voided + import.apply_assignments(source);
        WHEN 'caps'        THEN RETURN voided + import.apply_caps(source);
        WHEN 'budgets'     THEN RETURN import.apply_budgets();
        WHEN 'stewards'    THEN RETURN voided + import.apply_stewards(source);
        WHEN 'readers'     THEN RETURN voided + import.apply_readers(source);
        WHEN 'thresholds'  THEN RETURN import.apply_thresholds();
        WHEN 'closing'     THEN RETURN import.apply_closing();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION import.apply_file(text, text, boolean) IS 'Take over what import.check_file staged and passed, called the same way; is_whole: rows of the source that the file has no more are voided. Returns rows changed (0 the second time)';

GRANT EXECUTE ON FUNCTION import.apply_file(text, text, boolean) TO hm_rater;
