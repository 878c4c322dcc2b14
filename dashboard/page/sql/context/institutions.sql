-- Two may have one name.
SELECT institution, format('%s (%s)', name, institution) AS label
FROM report.institution
WHERE institution <> '(unowned)'
ORDER BY name, institution
