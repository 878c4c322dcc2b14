-- $1 months, $2 the institution of each; the months by themselves choose the partitions. Lines for people: the
-- reconciliation, then what no fund pays.
WITH figure AS (
    SELECT * FROM report.funding_reconciliation
    WHERE month = ANY ($1::date[])
      AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
),
charged AS (
    SELECT institution, bool_or(is_waiting) AS is_waiting, bool_and(difference = 0) AS is_exact,
           string_agg(format('%s %s (%s)', trim_scale(difference), currency, institution), ', ' ORDER BY currency)
           FILTER (WHERE difference <> 0) AS difference
    FROM figure
    GROUP BY institution
)
SELECT line
FROM (SELECT 1, '', 0, format('reconciliation: charges = funded + unfunded of %s of %s institution%s, difference %s',
                              count(*) FILTER (WHERE is_exact), count(*),
                              CASE WHEN count(*) = 1 THEN '' ELSE 's' END,
                              coalesce(string_agg(difference, ', ' ORDER BY institution), '0'))
      FROM charged
      HAVING NOT bool_and(is_waiting)
      UNION ALL
      SELECT 2, institution, 0, format('waiting: charges of %s have to be funded (run ''hubmeter rate'')', institution)
      FROM charged
      WHERE is_waiting
      UNION ALL
      SELECT 3, institution, - abs(r.amount::numeric),
             format('unfunded: %s %s of %s: %s', trim_scale(r.amount::numeric), currency, institution, r.reason)
      FROM figure
      CROSS JOIN LATERAL jsonb_each_text(reasons) AS r (reason, amount)) AS said (part, institution, place, line)
ORDER BY part, institution, place, line
