-- A month in which nothing above a department changed is read as a sum; of another one every share is, by the time of
-- its use. The two days before and after are those that calendars can differ by.
CREATE VIEW report.department_tree_cost WITH (security_invoker = true) AS
WITH above AS MATERIALIZED (
    SELECT * FROM org.seen_above()
),
own AS NOT MATERIALIZED (
    SELECT institution_id, month, unit_id, basis, currency, sum(amount) AS amount,
           tstzrange(month - interval '2 days', month + interval '1 month 2 days') AS used
    FROM charge.unit_month
    WHERE shares > 0
    GROUP BY institution_id, month, unit_id, basis, currency
),
moved AS MATERIALIZED ( -- mostly nothing, so that no share is looked at for it
    SELECT o.institution_id, o.month, o.unit_id, a.ancestor_id, a.distance, a.valid, o.basis, o.currency
    FROM own AS o
    JOIN above AS a ON a.unit_id = o.unit_id AND a.distance > 0 AND a.valid && o.used AND NOT a.valid @> o.used
),
tree AS NOT MATERIALIZED (
    SELECT o.institution_id, o.month, o.unit_id AS top_id, k.tree, 0 AS distance, o.basis, o.currency, o.amount
    FROM own AS o
    CROSS JOIN (VALUES ('as it was'), ('as it is')) AS k (tree)
    UNION ALL
    SELECT o.institution_id, o.month, a.ancestor_id, 'as it is', a.distance, o.basis, o.currency, o.amount
    FROM own AS o
    JOIN above AS a ON a.unit_id = o.unit_id AND a.distance > 0 AND a.valid @> now()
    UNION ALL
    SELECT o.institution_id, o.month, a.ancestor_id, 'as it was', a.distance, o.basis, o.currency, o.amount
    FROM own AS o
    JOIN above AS a ON a.unit_id = o.unit_id AND a.distance > 0 AND a.valid @> o.used
    UNION ALL
    SELECT m.institution_id, m.month, m.ancestor_id, 'as it was', m.distance, m.basis, m.currency, s.amount
    FROM moved AS m
    JOIN charge.share AS s
      ON (s.institution_id, s.month, s.unit_id, s.basis, s.currency)
       = (m.institution_id, m.month, m.unit_id, m.basis, m.currency)
     AND m.valid @> s.first_slot
)
SELECT i.code                                             AS institution,
       t.month,
       coalesce(u.code, '(suspense)')                     AS department,
       coalesce(u.name, 'in suspense')                    AS name,
       t.tree,
       p.code                                             AS parent,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'rate_card' AND t.distance = 0), 0) AS usage_amount,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'rate_card' AND t.distance > 0), 0) AS below_usage_amount,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'actual' AND t.distance = 0), 0)    AS bill_amount,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'actual' AND t.distance > 0), 0)    AS below_bill_amount,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'fee' AND t.distance = 0), 0)       AS fee_amount,
       coalesce(sum(t.amount) FILTER (WHERE t.basis = 'fee' AND t.distance > 0), 0)       AS below_fee_amount,
       t.currency
FROM tree AS t
JOIN org.institution AS i USING (institution_id)
LEFT JOIN org.unit AS u ON u.unit_id = t.top_id
LEFT JOIN above AS e
       ON e.unit_id = t.top_id AND e.distance = 1
      AND e.valid @> CASE t.tree WHEN 'as it is' THEN now()
                     ELSE (t.month + interval '1 month') AT TIME ZONE i.time_zone - usage.slot_length() END
LEFT JOIN org.unit AS p ON p.unit_id = e.ancestor_id
GROUP BY i.code, t.month, u.code, u.name, t.tree, p.code, t.currency;

COMMENT ON VIEW report.department_tree_cost IS 'What each department cost in a month with all that is below it, in the tree as it was at the time of use and, on another row, in the tree as it is now. One row per department, tree and currency; in each tree those without a parent add up to report.department_month exactly, where none of them moved in the month';
COMMENT ON COLUMN report.department_tree_cost.institution IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.department_tree_cost.month IS 'First day of the month, in that institution''s calendar';
COMMENT ON COLUMN report.department_tree_cost.department IS 'Code of the department; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.department_tree_cost.name IS 'Its name';
COMMENT ON COLUMN report.department_tree_cost.tree IS 'as it was: what was below it counts as long as it was; as it is: what is below it now counts for all time';
COMMENT ON COLUMN report.department_tree_cost.parent IS 'Code of the department above it, at the end of the month or now; null: none, or one that whoever asks may not see';
COMMENT ON COLUMN report.department_tree_cost.usage_amount IS 'As report.department_month: its own usage by the price book, to nano-units of the currency';
COMMENT ON COLUMN report.department_tree_cost.below_usage_amount IS 'Usage of all that is below it, to nano-units of the currency';
COMMENT ON COLUMN report.department_tree_cost.bill_amount IS 'As report.department_month: its own part of the bills, to nano-units of the currency, not to be added to usage';
COMMENT ON COLUMN report.department_tree_cost.below_bill_amount IS 'Part of the bills of all that is below it, to nano-units of the currency, not to be added to usage';
COMMENT ON COLUMN report.department_tree_cost.fee_amount IS 'As report.department_month: its own fees, to nano-units of the currency';
COMMENT ON COLUMN report.department_tree_cost.below_fee_amount IS 'Fees of all that is below it, to nano-units of the currency';
COMMENT ON COLUMN report.department_tree_cost.currency IS 'ISO 4217 code of the amounts';

GRANT SELECT ON report.department_tree_cost TO hm_finance, hm_rater, hm_steward, hm_dashboard;
-- What it reads, and no more.
GRANT SELECT (institution_id, month, unit_id, basis, amount, currency, shares)
    ON charge.unit_month TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (institution_id, month, unit_id, basis, amount, currency, first_slot)
    ON charge.share TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (institution_id, code, time_zone) ON org.institution TO hm_finance, hm_steward, hm_dashboard;
GRANT SELECT (unit_id, code, name) ON org.unit TO hm_finance, hm_steward, hm_dashboard;
GRANT EXECUTE ON FUNCTION usage.slot_length() TO hm_finance, hm_steward, hm_dashboard;
