-- What institutions pay more or less since the run $1 began.
SELECT format('%s %s: %s %s', i.code, to_char(t.month, 'YYYY-MM'),
              CASE WHEN sum(t.after - t.before) > 0 THEN '+' ELSE '' END
              || trim_scale(sum(t.after - t.before)), t.currency)
FROM charge.run AS r
JOIN charge.run_day AS d ON d.rated_at >= r.started_at
JOIN charge.run_total AS t USING (hub_id, day)
JOIN org.institution AS i USING (institution_id)
WHERE r.run_id = $1::bigint AND t.run_id = d.run_id
GROUP BY i.code, t.month, t.currency
HAVING sum(t.after - t.before) <> 0
ORDER BY i.code, t.month, t.currency
