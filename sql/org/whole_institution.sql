CREATE VIEW org.whole_institution WITH (security_invoker = true) AS
SELECT i.*
FROM org.institution AS i
WHERE (SELECT org.sees_all()) OR i.institution_id = ANY ((SELECT org.seen_institutions())::integer[]);

COMMENT ON VIEW org.whole_institution IS 'Institutions that whoever asks may see all of. Reports of what is no department''s, group''s or person''s join this one: bills, nodes, plans, the ledger';

GRANT SELECT ON org.whole_institution TO hm_finance, hm_rater, hm_controller, hm_dashboard;
GRANT SELECT (institution_id, code, name, time_zone, currency, fiscal_year_start, unfunded_servers, shows_names,
              smallest_group) ON org.institution TO hm_finance, hm_controller, hm_dashboard;
