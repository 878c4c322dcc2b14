-- $1 institution, $2 plan; empty: all. A row for each version, or for each of its faults.
SELECT institution, plan, to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS valid_from, status,
       author, entered_by, approver, tier, leg, fault
FROM report.plan_version
WHERE $1 IN ('', institution) AND $2 IN ('', plan)
ORDER BY report.plan_version.institution, report.plan_version.plan, report.plan_version.valid_from, tier, leg, fault
