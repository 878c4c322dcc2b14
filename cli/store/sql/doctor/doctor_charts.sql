SELECT format('%s of %s, %s: %s', fund, institution, chart_string, reason)
FROM report.invalid_chart_string
ORDER BY institution, fund
