-- What institutions pay more or less by what was rated in the run $1.
SELECT format('%s %s: %s %s', i.code, to_char(t.month, 'YYYY-MM'),
              CASE WHEN sum(t.after - t.before) > 0 THEN '+' ELSE '' END
              || trim_scale(sum(t.after - t.before)), t.currency)
FROM charge.run_day AS d
JOIN charge.run_total AS t USING (run_id, hub_id, day)
JOIN org.institution AS i USING (institution_id)
WHERE d.rated_in = $1::bigint
GROUP BY i.code, t.month, t.currency
HAVING sum(t.after - t.before) <> 0
ORDER BY i.code, t.month, t.currency
