CREATE VIEW report.unpriced_usage WITH (security_invoker = true, security_barrier = true) AS
SELECT o.code                            AS institution,
       l.month,
       h.name                            AS hub,
       c.name                            AS class,
       l.resource,
       sum(l.billable) * r.shown_factor  AS billable,
       r.shown_unit                      AS unit,
       min(l.first_slot)                 AS first_slot,
       max(l.last_slot)                  AS last_slot
FROM charge.line AS l
JOIN org.whole_institution AS o ON o.institution_id = l.provider_id
JOIN usage.hub AS h USING (hub_id)
JOIN usage.resource_class AS c USING (class_id)
JOIN price.resource AS r ON r.code = l.resource
WHERE l.price_id IS NULL AND l.basis = 'rate_card'
GROUP BY o.code, l.month, h.name, c.name, l.resource, r.shown_factor, r.shown_unit;

COMMENT ON VIEW report.unpriced_usage IS 'Usage that costs nothing only because the price book has no row for it';
COMMENT ON COLUMN report.unpriced_usage.institution IS 'Code of the institution that owns the hub and whose price book lacks the row';
COMMENT ON COLUMN report.unpriced_usage.month IS 'First day of the month, in its calendar';
COMMENT ON COLUMN report.unpriced_usage.hub IS 'Hub it was used on';
COMMENT ON COLUMN report.unpriced_usage.class IS 'Class of machine; empty if the node has none';
COMMENT ON COLUMN report.unpriced_usage.resource IS 'cpu, memory, gpu, storage, net_rx or net_tx';
COMMENT ON COLUMN report.unpriced_usage.billable IS 'The greater of used and reserved, taken per sample, in the unit of the row; exact';
COMMENT ON COLUMN report.unpriced_usage.unit IS 'Unit of billable: core-seconds, MiB-seconds, GPU-seconds or bytes';
COMMENT ON COLUMN report.unpriced_usage.first_slot IS 'Start of the first slot it was used in (UTC)';
COMMENT ON COLUMN report.unpriced_usage.last_slot IS 'Start of the last slot it was used in (UTC)';

GRANT SELECT ON report.unpriced_usage TO hm_finance, hm_rater, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (provider_id, month, hub_id, class_id, resource, billable, price_id, basis,
              first_slot, last_slot) ON charge.line TO hm_finance, hm_dashboard;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance, hm_dashboard;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance, hm_dashboard;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance, hm_dashboard;
GRANT SELECT (code, shown_unit, shown_factor) ON price.resource TO hm_finance, hm_dashboard;
