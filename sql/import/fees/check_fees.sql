CREATE FUNCTION import.check_fees()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, fee) AS twin FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('fee', s.fee, CASE
                    WHEN s.fee IS NULL THEN 'is required'
                    WHEN s.fee ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('kind', s.kind, CASE
                    WHEN coalesce(s.kind, '') NOT IN ('active users', 'membership')
                    THEN 'is not one of active users, membership' END),
               ('name', s.name, CASE WHEN s.name IS NULL THEN 'is required' END),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NOT NULL AND i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('annual_fee', s.annual_fee, CASE
                    WHEN s.kind = 'membership' THEN import.amount_fault(s.annual_fee, true)
                    WHEN s.annual_fee IS NOT NULL THEN 'belongs to a membership' END),
               ('included_users', s.included_users, CASE
                    WHEN s.included_users IS NOT NULL AND s.kind = 'membership' THEN 'belongs to a fee for active users'
                    WHEN s.included_users !~ '^0*[1-9]\d{0,8}$' THEN 'is not a whole number of users' END),
               ('hubs', s.hubs, CASE
                    WHEN s.kind = 'membership' AND s.hubs IS NOT NULL THEN 'belongs to a fee for active users'
                    WHEN s.kind = 'active users' AND s.hubs IS NULL THEN 'is required: where users count'
                    ELSE (SELECT min(import.hub_fault(h)) FROM regexp_split_to_table(s.hubs, ' +') AS h) END),
               ('tiers', s.tiers, CASE
                    WHEN s.kind = 'membership' AND s.tiers IS NOT NULL THEN 'belongs to a fee for active users'
                    WHEN s.kind = 'active users' AND coalesce(s.tiers, '') !~ '^\d{1,9}:\d{1,9}(\.\d{1,9})?( +\d{1,9}:\d{1,9}(\.\d{1,9})?)*$'
                    THEN 'is not a list such as 0:10 10:5 100:2.5'
                    WHEN (SELECT count(*) <> count(DISTINCT split_part(t, ':', 1)::bigint)
                          FROM regexp_split_to_table(s.tiers, ' +') AS t) THEN 'names a tier twice' END),
               ('first_month', s.first_month, CASE
                    WHEN import.parse_day(s.first_month || '-01') IS NULL THEN 'is not a month such as 2026-07' END),
               ('last_month', s.last_month, CASE
                    WHEN s.last_month IS NULL THEN NULL
                    WHEN import.parse_day(s.last_month || '-01') IS NULL THEN 'is not a month such as 2027-06'
                    WHEN import.parse_day(s.last_month || '-01') < import.parse_day(s.first_month || '-01')
                    THEN 'is before first_month' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_fees() IS 'import.check_rows for the kind fees';

GRANT EXECUTE ON FUNCTION import.check_fees() TO hm_rater;
