SELECT u.hub, u.class, u.resource, u.billable, u.unit, to_char(u.first_slot, 'YYYY-MM-DD') AS since
FROM report.unpriced_usage AS u
WHERE u.institution = :'institution' AND u.month = (:'month' || '-01')::date
ORDER BY u.hub, u.class, u.resource
