SELECT format('%s: %s %s (%s)', i.code, trim_scale(sum(l.amount)), l.currency, l.reason)
FROM fund.leg AS l
JOIN org.institution AS i USING (institution_id)
WHERE l.fund_id IS NULL AND l.day >= (now() AT TIME ZONE 'UTC')::date - 62
  -- A calendar east or west of UTC may have the day in the month before.
  AND l.month >= date_trunc('month', (now() AT TIME ZONE 'UTC')::date - interval '63 days')::date
  AND EXISTS (SELECT FROM fund.plan AS p WHERE p.institution_id = l.institution_id)
GROUP BY i.code, l.currency, l.reason
HAVING sum(l.amount) <> 0
ORDER BY abs(sum(l.amount)) DESC, i.code, l.reason
