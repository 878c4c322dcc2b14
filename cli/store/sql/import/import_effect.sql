-- Per institution and month, then the departments that pay more or less, at most $2 of each.
WITH change AS MATERIALIZED (
    SELECT i.code AS institution, p.month, p.currency, coalesce(u.code, '(suspense)') AS department,
           p.hub_id, p.day, p.after - p.before AS difference
    FROM charge.preview($1::bigint) AS p
    JOIN org.institution AS i USING (institution_id)
    LEFT JOIN org.unit AS u USING (unit_id)
),
total AS (
    SELECT institution, month, currency, sum(difference) AS difference,
           count(DISTINCT (hub_id, day)) AS hub_days, 0 AS place, NULL AS department
    FROM change
    GROUP BY institution, month, currency
),
department AS (
    SELECT institution, month, currency, sum(difference) AS difference, 0 AS hub_days,
           row_number() OVER (PARTITION BY institution, month, currency
                              ORDER BY abs(sum(difference)) DESC, department) AS place,
           department
    FROM change
    GROUP BY institution, month, currency, department
    HAVING sum(difference) <> 0
)
SELECT CASE WHEN department IS NULL
            THEN format('  %s %s: %s hub-day%s, ', institution, to_char(month, 'YYYY-MM'), hub_days,
                        CASE WHEN hub_days = 1 THEN '' ELSE 's' END)
            ELSE format('    %s ', department) END
       || CASE WHEN difference > 0 THEN '+' ELSE '' END || trim_scale(difference) || ' ' || currency
FROM (TABLE total UNION ALL TABLE department) AS c
WHERE place <= $2::integer
ORDER BY institution, month, currency, place
