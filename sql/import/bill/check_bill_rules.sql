CREATE FUNCTION import.check_bill_rules()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('component', s.component, CASE
                    WHEN coalesce(s.component, '') NOT IN ('compute', 'storage', 'network', 'core', 'support', 'credit', 'tax')
                    THEN 'is not one of compute, storage, network, core, support, credit, tax' END),
               ('hub', s.hub, CASE
                    WHEN s.hub = '=tag' AND s.tag IS NULL THEN 'takes the hub from a tag: the row names none'
                    WHEN s.hub IS NOT NULL AND s.component NOT IN ('compute', 'storage', 'network')
                    THEN 'core, support, credit and tax are shared: they have no hub'
                    WHEN s.hub <> '=tag' THEN import.hub_fault(s.hub) END),
               ('tag_value', s.tag_value, CASE
                    WHEN s.tag_value IS NOT NULL AND s.tag IS NULL THEN 'needs the name of a tag' END),
               ('class', s.class, CASE
                    WHEN s.class IS NOT NULL AND s.component <> 'compute' THEN 'belongs to compute' END),
               ('provisioned_gib', s.provisioned_gib, CASE
                    WHEN s.provisioned_gib IS NOT NULL AND s.component <> 'storage' THEN 'belongs to storage'
                    WHEN s.provisioned_gib !~ '^0*[1-9]\d{0,11}$' THEN 'is not a whole number of GiB' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_bill_rules() IS 'import.check_rows for the kind bill-rules';

GRANT EXECUTE ON FUNCTION import.check_bill_rules() TO hm_rater;
