-- $1 institutions, $2 a fund
SELECT plan, scope, code, to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS valid_from,
       to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS valid_to
FROM report.plan_assignment
WHERE (institution, plan) IN (SELECT institution, plan FROM report.plan_leg
                              WHERE institution = ANY ($1::text[]) AND fund = $2)
ORDER BY plan, scope, code, report.plan_assignment.valid_from NULLS FIRST
