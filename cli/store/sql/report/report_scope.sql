-- The months of each institution that is asked for ($1; '' for all): those of the fiscal year $5, or else $2 to $4, or
-- else $3 months before the one it is now in its calendar. What is null is not asked for; $2 alone: that month.
-- A fiscal year is as in org.year_first_day(), which those who only read reports can't call.
SELECT array_agg(m.month::date ORDER BY institution, m.month), array_agg(institution ORDER BY institution, m.month),
       CASE WHEN $5::integer IS NOT NULL THEN 'fiscal year ' || $5
            WHEN $4::date IS NOT NULL THEN to_char($2::date, 'YYYY-MM') || ' to ' || to_char($4::date, 'YYYY-MM')
            ELSE string_agg(DISTINCT to_char(m.month, 'YYYY-MM'), ', ') END
FROM (SELECT institution,
             CASE WHEN $5::integer IS NOT NULL
                  THEN make_date($5::integer - (fiscal_year_start > 1)::integer, fiscal_year_start, 1)
                  ELSE coalesce($2::date, (current_month - make_interval(months => $3::integer))::date)
             END AS first_month
      FROM report.institution
      WHERE $1 IN ('', institution)) AS scope
CROSS JOIN LATERAL generate_series(first_month::timestamp,
                                   CASE WHEN $5::integer IS NOT NULL THEN first_month + interval '11 months'
                                        ELSE coalesce($4::date, first_month) END,
                                   interval '1 month') AS m (month)
HAVING count(*) > 0
