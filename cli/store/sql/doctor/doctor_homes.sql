SELECT DISTINCT person FROM report.suspense WHERE reason = 'no membership' ORDER BY 1
