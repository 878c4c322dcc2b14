SELECT DISTINCT format('%s %s%s', institution, resource,
                       CASE WHEN class = '' THEN '' ELSE ' on ' || class END)
FROM report.unpriced_usage
ORDER BY 1
