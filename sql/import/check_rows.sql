CREATE FUNCTION import.check_rows(kind text)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind
        WHEN 'org'         THEN RETURN QUERY SELECT * FROM import.check_org();
        WHEN 'people'      THEN RETURN QUERY SELECT * FROM import.check_people();
        WHEN 'memberships' THEN RETURN QUERY SELECT * FROM import.check_memberships();
        WHEN 'groups'      THEN RETURN QUERY SELECT * FROM import.check_groups();
        WHEN 'members'     THEN RETURN QUERY SELECT * FROM import.check_members();
        WHEN 'prices'      THEN RETURN QUERY SELECT * FROM import.check_prices();
        WHEN 'settlements' THEN RETURN QUERY SELECT * FROM import.check_settlements();
        WHEN 'domains'     THEN RETURN QUERY SELECT * FROM import.check_domains();
        WHEN 'bill'          THEN RETURN QUERY SELECT * FROM import.check_bill();
        WHEN 'bill-rules'    THEN RETURN QUERY SELECT * FROM import.check_bill_rules();
        WHEN 'bill-policies' THEN RETURN QUERY SELECT * FROM import.check_bill_policies();
        WHEN 'customers'     THEN RETURN QUERY SELECT * FROM import.check_customers();
        WHEN 'rate-studies'  THEN RETURN QUERY SELECT * FROM import.check_rate_studies();
        WHEN 'fees'          THEN RETURN QUERY SELECT * FROM import.check_fees();
        WHEN 'service-accounts' THEN RETURN QUERY SELECT * FROM import.check_service_accounts();
        WHEN 'chart-segments' THEN RETURN QUERY SELECT * FROM import.check_chart_segments();
        WHEN 'funds'       THEN RETURN QUERY SELECT * FROM import.check_funds();
        WHEN 'amendments'  THEN RETURN QUERY SELECT * FROM import.check_amendments();
        WHEN 'plans'       THEN RETURN QUERY SELECT * FROM import.check_plans();
        WHEN 'assignments' THEN RETURN QUERY SELECT * FROM import.check_assignments();
        WHEN 'caps'        THEN RETURN QUERY SELECT * FROM import.check_caps();
        WHEN 'budgets'     THEN RETURN QUERY SELECT * FROM import.check_budgets();
        WHEN 'stewards'    THEN RETURN QUERY SELECT * FROM import.check_stewards();
        WHEN 'readers'     THEN RETURN QUERY SELECT * FROM import.check_readers();
        WHEN 'thresholds'  THEN RETURN QUERY SELECT * FROM import.check_thresholds();
        WHEN 'closing'     THEN RETURN QUERY SELECT * FROM import.check_closing();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION import.check_rows(text) IS 'Cells that the kind of file itself objects to';

GRANT EXECUTE ON FUNCTION import.check_rows(text) TO hm_rater;
