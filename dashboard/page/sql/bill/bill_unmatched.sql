SELECT u.issuer, u.account, u.service, u.category, u.resource, u.lines, u.amount, u.currency
FROM report.bill_unmatched() AS u
WHERE u.institution = :'institution' AND u.month = :'month'
ORDER BY abs(u.amount) DESC, u.issuer, u.account, u.service, u.resource
