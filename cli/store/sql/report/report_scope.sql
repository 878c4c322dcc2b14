-- The month of each institution that is asked for ($1; '' for all): $2, or $3 months before the one it
-- is now in its calendar.
SELECT array_agg(month), array_agg(institution),
       string_agg(DISTINCT to_char(month, 'YYYY-MM'), ', ')
FROM (SELECT institution,
             coalesce($2::date,
                      (current_month - make_interval(months => $3::integer))::date) AS month
      FROM report.institution
      WHERE $1 IN ('', institution)) AS scope
HAVING count(*) > 0
