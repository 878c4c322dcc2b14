-- $1 institution, '' for all. A day in two months is one day.
SELECT s.state, count(DISTINCT (p.hub, p.day)) FILTER (WHERE p.hub IS NOT NULL) AS hubmeter_unrated_hub_days
FROM (VALUES ('failed'), ('waiting')) AS s (state)
LEFT JOIN report.pending_rating AS p
    ON s.state = CASE WHEN p.failure IS NULL THEN 'waiting' ELSE 'failed' END AND $1 IN ('', p.institution)
GROUP BY s.state
ORDER BY s.state
