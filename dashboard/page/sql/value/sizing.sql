SELECT s.hub, s.class, s.resource, s.servers, s.server_hours, s.requested, s.requested_unit, s.used_percent,
       s.recommended,
       s.saving, s.currency
FROM report.sizing AS s
WHERE s.institution = :'institution' AND s.month = (:'month' || '-01')::date
ORDER BY s.saving DESC NULLS LAST, s.hub, s.class, s.resource, s.requested
