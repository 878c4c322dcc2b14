-- Which money paid: subsidies among it.
SELECT l.fund, coalesce(l.name, l.reason) AS name, l.kind, l.plan, sum(l.amount) AS amount, l.currency
FROM report.fund_leg AS l
WHERE l.institution = :'institution' AND l.month = (:'month' || '-01')::date
  AND (:'unit' = '' OR l.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                        WHERE b.institution = :'institution'))
GROUP BY l.fund, l.name, l.reason, l.kind, l.plan, l.currency
ORDER BY (l.kind = 'subsidy') DESC NULLS LAST, amount DESC, l.fund
