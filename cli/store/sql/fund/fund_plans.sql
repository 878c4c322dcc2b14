-- $1 institutions, $2 a fund
SELECT plan, to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS valid_from,
       to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS valid_to, status, tier, leg, weight_ppm, cap,
       cap_window, only_classes, on_exhaust
FROM report.plan_leg
WHERE institution = ANY ($1::text[]) AND fund = $2
ORDER BY plan, report.plan_leg.valid_from, tier, leg
