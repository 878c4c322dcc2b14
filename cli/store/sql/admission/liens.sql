-- $1 institution, '' for all
SELECT lien, leg, institution, unit, plan, fund, hub, username, server, tag, class, opened_at, age_seconds, expires_at,
       trim_scale(held) AS held, trim_scale(booked) AS booked, trim_scale(outstanding) AS outstanding, currency
FROM report.lien
WHERE $1 IN ('', institution)
ORDER BY institution, opened_at, lien, leg
