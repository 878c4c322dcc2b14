CREATE VIEW report.institution WITH (security_invoker = true) AS
SELECT i.code                                                        AS institution,
       i.name,
       i.time_zone,
       i.currency,
       date_trunc('month', now() AT TIME ZONE i.time_zone)::date      AS current_month,
       i.fiscal_year_start
FROM org.institution AS i;

COMMENT ON VIEW report.institution IS 'Institutions and their calendars';
COMMENT ON COLUMN report.institution.institution IS 'Code of the institution; (unowned) owns the hubs nobody else owns';
COMMENT ON COLUMN report.institution.name IS 'Its name';
COMMENT ON COLUMN report.institution.time_zone IS 'IANA name: maps slots to the months of its reports';
COMMENT ON COLUMN report.institution.currency IS 'ISO 4217 code of its prices';
COMMENT ON COLUMN report.institution.current_month IS 'First day of the month it is now, in its time zone';
COMMENT ON COLUMN report.institution.fiscal_year_start IS 'First month of its fiscal year, 1 to 12; the year is called after the calendar year it ends in';

GRANT SELECT ON report.institution TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (code, name, time_zone, currency, fiscal_year_start) ON org.institution
    TO hm_finance, hm_steward, hm_instructor, hm_member, hm_dashboard;
