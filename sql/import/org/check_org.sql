CREATE FUNCTION import.check_org()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- What the row may and must say.
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *,
                 first_value(line) OVER named AS first_line,
                 first_value(name) OVER named AS first_name
          FROM import_stage
          WINDOW named AS (PARTITION BY institution, unit ORDER BY line)) AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN s.institution ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL AND i.code IS NULL
                         AND NOT EXISTS (SELECT FROM import_stage AS d
                                         WHERE d.institution = s.institution AND d.unit IS NULL AND d.hub IS NULL)
                    THEN 'unknown institution: no row of the file declares it' END),
               ('time_zone', s.time_zone, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.time_zone IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.time_zone IS NULL THEN 'is required for an institution'
                    WHEN s.time_zone NOT IN (SELECT name FROM pg_timezone_names) THEN 'unknown time zone'
                    WHEN s.time_zone <> i.time_zone AND org.in_use(i.institution_id)
                    THEN 'can''t change from ' || i.time_zone || ': the institution has prices or members' END),
               ('currency', s.currency, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.currency IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.currency IS NULL THEN 'is required for an institution'
                    WHEN s.currency !~ '^[A-Z]{3}$' THEN 'is not an ISO 4217 code: three capital letters'
                    WHEN s.currency <> i.currency AND org.in_use(i.institution_id)
                    THEN 'can''t change from ' || i.currency || ': the institution has prices or members' END),
               ('fiscal_year_start', s.fiscal_year_start, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.fiscal_year_start IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.fiscal_year_start !~ '^0*([1-9]|1[0-2])$' THEN 'is not a month from 1 to 12' END),
               ('unfunded_servers', s.unfunded_servers, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.unfunded_servers IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.unfunded_servers NOT IN ('allow', 'refuse') THEN 'is not allow or refuse' END),
               ('shows_names', s.shows_names, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.shows_names IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.shows_names NOT IN ('yes', 'no') THEN 'is not yes or no' END),
               ('smallest_group', s.smallest_group, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.smallest_group IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.smallest_group !~ '^([1-9][0-9]{0,2}|1000)$' THEN 'is not a number from 1 to 1000' END),
               ('unit', s.unit, CASE
                    WHEN s.unit ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN s.unit IS NOT NULL AND s.hub IS NOT NULL
                    THEN 'a row declares either a department or a hub, not both' END),
               ('parent', s.parent, CASE
                    WHEN s.parent IS NULL THEN NULL
                    WHEN s.unit IS NULL THEN 'only a department has a parent'
                    WHEN s.parent = s.unit THEN 'a department can''t belong to itself'
                    WHEN NOT EXISTS (SELECT FROM import_stage AS d
                                     WHERE d.institution = s.institution AND d.unit = s.parent)
                         AND NOT EXISTS (SELECT FROM org.unit AS u
                                         WHERE u.institution_id = i.institution_id AND u.code = s.parent)
                    THEN 'unknown department of ' || s.institution END),
               ('hub', s.hub, import.hub_fault(s.hub)),
               ('name', s.name, CASE
                    WHEN s.name IS NULL AND s.hub IS NULL THEN 'is required'
                    WHEN s.unit IS NOT NULL AND s.name <> s.first_name
                    THEN 'differs from the name in line ' || s.first_line END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NOT NULL AND coalesce(s.parent, s.hub) IS NULL
                    THEN 'is said of a parent or of a hub: the row names none'
                    ELSE v.starts_fault END),
               ('valid_to', s.valid_to, CASE
                    WHEN s.valid_to IS NOT NULL AND NOT (SELECT import.has_column('valid_from'))
                    THEN 'needs the column valid_from beside it'
                    WHEN s.valid_to IS NOT NULL AND coalesce(s.parent, s.hub) IS NULL
                    THEN 'is said of a parent or of a hub: the row names none'
                    ELSE v.ends_fault END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;

    -- One row per thing.
    RETURN QUERY
    SELECT s.line, s.column_name, s.value, 'is already in line ' || s.first
    FROM (SELECT line,
                 CASE WHEN hub IS NOT NULL THEN 'hub' WHEN unit IS NOT NULL THEN 'unit' ELSE 'institution' END
                                                                 AS column_name,
                 coalesce(hub, unit, institution)                AS value,
                 min(line) OVER (PARTITION BY hub, CASE WHEN hub IS NULL THEN institution END, unit,
                                              valid_from)        AS first
          FROM import_stage WHERE institution IS NOT NULL) AS s
    WHERE s.line > s.first;
END
$$;
COMMENT ON FUNCTION import.check_org() IS 'import.check_rows for the kind org';

GRANT EXECUTE ON FUNCTION import.check_org() TO hm_rater;
