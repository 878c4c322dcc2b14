-- Months that ended more than 45 days ago, of institutions that close theirs
SELECT format('%s %s', i.code, to_char(m.period, 'YYYY-MM'))
FROM ledger.policy AS k
JOIN org.institution AS i USING (institution_id)
CROSS JOIN LATERAL (SELECT DISTINCT t.period FROM fund.day_total AS t WHERE t.institution_id = i.institution_id) AS m
LEFT JOIN ledger.period AS p ON p.institution_id = i.institution_id AND p.month = m.period
WHERE p.state IS DISTINCT FROM 'closed' AND m.period + interval '1 month 45 days' < now() AT TIME ZONE i.time_zone
ORDER BY m.period, i.code
