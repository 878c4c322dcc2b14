CREATE VIEW report.fund_amendment WITH (security_invoker = true, security_barrier = true) AS
SELECT i.code                               AS institution,
       f.code                               AS fund,
       row_number() OVER (PARTITION BY i.code, f.code ORDER BY a.effective, a.amendment_id) AS number,
       a.kind,
       CASE WHEN f.is_limited THEN a.amount END AS amount,
       a.first_day,
       a.last_day,
       a.last_posting,
       nullif(a.effective, '-infinity')     AS effective,
       a.reference,
       a.recorded_at,
       a.recorded_by
FROM fund.amendment AS a
JOIN fund.fund AS f USING (fund_id)
JOIN org.institution AS i USING (institution_id);

COMMENT ON VIEW report.fund_amendment IS 'The award of each fund and what became of it, as it was told';
COMMENT ON COLUMN report.fund_amendment.institution IS 'Code of the institution whose fund it is';
COMMENT ON COLUMN report.fund_amendment.fund IS 'Code of the fund';
COMMENT ON COLUMN report.fund_amendment.number IS 'Place among the fund''s, from 1, in the order in which they count';
COMMENT ON COLUMN report.fund_amendment.kind IS 'award: the first; increment, carry-over: more money; extension: more time; de-obligation: less money; transfer: from or to another fund';
COMMENT ON COLUMN report.fund_amendment.amount IS 'Added to what the fund is worth, in the institution''s currency; negative: taken away; null: the fund is not limited';
COMMENT ON COLUMN report.fund_amendment.first_day IS 'First day of the period of performance from now on; null: as before';
COMMENT ON COLUMN report.fund_amendment.last_day IS 'Its last day, which is part of it; null: as before';
COMMENT ON COLUMN report.fund_amendment.last_posting IS 'Last day on which the fund may be charged; null: as before';
COMMENT ON COLUMN report.fund_amendment.effective IS 'Day of the usage from which the amount counts; null: ever since';
COMMENT ON COLUMN report.fund_amendment.reference IS 'Number of the notice or of the letter';
COMMENT ON COLUMN report.fund_amendment.recorded_at IS 'When it was entered (UTC)';
COMMENT ON COLUMN report.fund_amendment.recorded_by IS 'The login that entered it';

GRANT SELECT ON report.fund_amendment TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT ON fund.amendment TO hm_finance;
GRANT SELECT (institution_id, fund_id, code, is_limited) ON fund.fund TO hm_finance;
GRANT SELECT (institution_id, code) ON org.institution TO hm_finance;
