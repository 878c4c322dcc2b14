-- $1 institution, $2 month. What is waived stands last.
SELECT r.item, r.subject, r.detail,
       CASE WHEN w.waiver_id IS NOT NULL THEN format('waived by %s: %s', w.waived_by, w.reason) ELSE r.command END AS settle,
       CASE WHEN w.waiver_id IS NOT NULL THEN 'waived' WHEN r.is_waivable THEN 'may be waived' ELSE 'must be settled' END
           AS state
FROM ledger.month_of($1, $2) AS m
CROSS JOIN LATERAL ledger.readiness(m.institution_id, m.month) AS r
LEFT JOIN ledger.waiver AS w USING (waiver_id)
ORDER BY w.waiver_id IS NOT NULL, r.is_waivable, r.item, r.subject, r.detail
