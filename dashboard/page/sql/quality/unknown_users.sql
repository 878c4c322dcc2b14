SELECT u.hub, u.username, u.resembles, u.amount, to_char(u.first_slot, 'YYYY-MM-DD') AS since, u.currency
FROM report.unknown_user AS u
WHERE u.institution = :'institution' AND u.month = (:'month' || '-01')::date
ORDER BY u.amount DESC, u.hub, u.username
