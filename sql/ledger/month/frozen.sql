CREATE VIEW ledger.frozen AS
    SELECT institution_id, max(month) AS until, (max(month) + interval '1 month')::date AS first_open
    FROM ledger.period WHERE state <> 'open' GROUP BY institution_id;
COMMENT ON VIEW ledger.frozen IS 'Institutions that have months that are not open: as ledger.frozen_until(), of all';
COMMENT ON COLUMN ledger.frozen.until IS 'First day of the last month that is not open';
COMMENT ON COLUMN ledger.frozen.first_open IS 'First day of the month after it, which is open';

GRANT SELECT ON ledger.frozen TO hm_rater, hm_finance, hm_controller;
