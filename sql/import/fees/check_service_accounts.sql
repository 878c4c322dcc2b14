CREATE FUNCTION import.check_service_accounts()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    CROSS JOIN LATERAL (
        VALUES ('hub', s.hub, CASE WHEN s.hub IS NULL THEN 'is required' ELSE import.hub_fault(s.hub) END),
               ('username', s.username, CASE WHEN s.username IS NULL THEN 'is required' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_service_accounts() IS 'import.check_rows for the kind service-accounts';

GRANT EXECUTE ON FUNCTION import.check_service_accounts() TO hm_rater;
