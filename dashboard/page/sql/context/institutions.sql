SELECT institution, name, time_zone, currency
FROM report.institution
WHERE institution <> '(unowned)'
ORDER BY name, institution
