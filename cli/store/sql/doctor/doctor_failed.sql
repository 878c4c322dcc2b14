SELECT format('%s on %s: %s', h.name, f.day, f.reason)
FROM charge.failed_day AS f
JOIN usage.hub AS h USING (hub_id)
ORDER BY f.day, h.name
