-- The sides come from different tables, and one that is missing is a difference as well, hence a sum and not
-- a join.
CREATE VIEW report.funding_reconciliation WITH (security_invoker = true, security_barrier = true) AS
WITH figure (institution_id, month, currency, charged, funded, unfunded, totalled, reason) AS (
    SELECT institution_id, month, currency, sum(amount), 0, 0, 0, NULL
    FROM charge.share
    GROUP BY institution_id, month, currency
    UNION ALL
    SELECT institution_id, month, currency, 0, coalesce(sum(amount) FILTER (WHERE fund_id IS NOT NULL), 0),
           coalesce(sum(amount) FILTER (WHERE fund_id IS NULL), 0), 0, reason
    FROM fund.leg
    GROUP BY institution_id, month, currency, reason
    UNION ALL
    SELECT institution_id, month, currency, 0, 0, 0, sum(amount), NULL
    FROM fund.day_total
    GROUP BY institution_id, month, currency
),
total AS (
    SELECT institution_id, month, currency, sum(charged) AS charged, sum(funded) AS funded,
           sum(unfunded) AS unfunded, sum(totalled) AS totalled,
           coalesce(jsonb_object_agg(reason, unfunded) FILTER (WHERE reason IS NOT NULL), '{}') AS reasons
    FROM figure
    GROUP BY institution_id, month, currency
)
SELECT i.code                                      AS institution,
       t.month,
       t.charged,
       t.funded,
       t.unfunded,
       t.reasons,
       CASE WHEN NOT w.is_waiting
            THEN coalesce(nullif(t.charged - t.funded - t.unfunded, 0), t.charged - t.totalled) END AS difference,
       w.is_waiting,
       t.currency
FROM total AS t
JOIN org.whole_institution AS i USING (institution_id)
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM fund.dirty_day AS d
                   WHERE d.institution_id = i.institution_id
                     AND t.month BETWEEN charge.month(d.day::timestamp AT TIME ZONE 'UTC', i.time_zone)
                                     AND charge.month((d.day + interval '1 day - 1 us') AT TIME ZONE 'UTC', i.time_zone))
        OR EXISTS (SELECT FROM fund.dirty_since AS d
                   WHERE d.institution_id = i.institution_id
                     AND t.month >= charge.month(d.day::timestamp AT TIME ZONE 'UTC', i.time_zone)) AS is_waiting
) AS w;

COMMENT ON VIEW report.funding_reconciliation IS 'Reconciliation of funding: what is charged is what funds pay and what none pays yet';
COMMENT ON COLUMN report.funding_reconciliation.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.funding_reconciliation.month IS 'First day of the usage month, in that institution''s calendar';
COMMENT ON COLUMN report.funding_reconciliation.charged IS 'Sum of the charges, in the currency of the row, to nano-units';
COMMENT ON COLUMN report.funding_reconciliation.funded IS 'Of that, what funds pay';
COMMENT ON COLUMN report.funding_reconciliation.unfunded IS 'What no fund pays yet';
COMMENT ON COLUMN report.funding_reconciliation.reasons IS 'The same by why, in words: {"no plan": 12.5}';
COMMENT ON COLUMN report.funding_reconciliation.difference IS 'charged - funded - unfunded, or if that is 0 what the sums by day, which balances are made of, lack: 0, else money was lost or invented; null: it waits';
COMMENT ON COLUMN report.funding_reconciliation.is_waiting IS 'Have charges of the month to be funded (hubmeter rate)?';
COMMENT ON COLUMN report.funding_reconciliation.currency IS 'ISO 4217 code of the figures';

GRANT SELECT ON report.funding_reconciliation TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, amount, currency) ON charge.share TO hm_finance;
GRANT SELECT (institution_id, month, fund_id, reason, amount, currency) ON fund.leg TO hm_finance;
GRANT SELECT (institution_id, month, currency, amount) ON fund.day_total TO hm_finance;
GRANT SELECT (institution_id, day) ON fund.dirty_day, fund.dirty_since TO hm_finance;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance;
GRANT EXECUTE ON FUNCTION charge.month(timestamptz, text) TO hm_finance;
