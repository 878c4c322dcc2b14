-- A UTC day may fall into two months of the owner's calendar: it is shown in both.
CREATE VIEW report.pending_rating WITH (security_invoker = true, security_barrier = true) AS
SELECT DISTINCT
       i.code                                               AS institution,
       charge.month(e.at, i.time_zone)                      AS month,
       h.name                                               AS hub,
       d.day,
       f.reason                                             AS failure,
       f.failed_at
FROM (SELECT DISTINCT hub_id, day FROM ingest.dirty_day) AS d
JOIN usage.hub AS h USING (hub_id)
CROSS JOIN LATERAL (
    VALUES (d.day::timestamp AT TIME ZONE 'UTC'),
           ((d.day + 1)::timestamp AT TIME ZONE 'UTC' - usage.slot_length())
) AS e (at)
LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> e.at
JOIN org.whole_institution AS i ON i.institution_id = coalesce(o.institution_id, 0)
LEFT JOIN charge.failed_day AS f ON f.hub_id = d.hub_id AND f.day = d.day;

COMMENT ON VIEW report.pending_rating IS 'Days of hubs whose usage or reference data changed since they were rated: hubmeter rate brings their charges up to date. Charges may go to other institutions than the owner of the hub';
COMMENT ON COLUMN report.pending_rating.institution IS 'Code of the institution that owned the hub then; (unowned): nobody';
COMMENT ON COLUMN report.pending_rating.month IS 'First day of a month that the day falls in, in that institution''s calendar';
COMMENT ON COLUMN report.pending_rating.hub IS 'The hub';
COMMENT ON COLUMN report.pending_rating.day IS 'UTC day';
COMMENT ON COLUMN report.pending_rating.failure IS 'Why it could not be rated; null if it was not tried since';
COMMENT ON COLUMN report.pending_rating.failed_at IS 'When that was tried last (UTC)';

GRANT SELECT ON report.pending_rating TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT EXECUTE ON FUNCTION charge.month(timestamptz, text) TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, day) ON ingest.dirty_day TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, day, reason, failed_at) ON charge.failed_day TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (hub, institution_id, valid) ON org.hub_owner TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance, hm_dashboard;
