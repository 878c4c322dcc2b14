SELECT i.name AS institution, CASE WHEN :'unit' = '' THEN 'all departments' ELSE :'unit' END AS department,
       to_char((:'month' || '-01')::date, 'FMMonth YYYY') AS period, i.time_zone,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' AS made_at,
       coalesce((SELECT p.state FROM report.period AS p
                 WHERE p.institution = i.institution AND p.month = (:'month' || '-01')::date), 'open') AS books
FROM report.institution AS i
WHERE i.institution = :'institution'
