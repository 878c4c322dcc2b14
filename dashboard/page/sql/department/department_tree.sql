-- The department with all below it, twelve months, in the tree as it was then and as it is now.
SELECT to_char(t.month, 'YYYY-MM') AS month, t.tree, t.usage_amount + t.fee_amount AS own,
       t.below_usage_amount + t.below_fee_amount AS below,
       t.usage_amount + t.fee_amount + t.below_usage_amount + t.below_fee_amount AS cost,
       t.bill_amount + t.below_bill_amount AS of_bills, t.currency
FROM report.department_tree_cost AS t
WHERE t.institution = :'institution' AND t.department = :'unit'
  AND t.month BETWEEN ((:'month' || '-01')::date - interval '11 months')::date AND (:'month' || '-01')::date
ORDER BY t.month DESC, t.tree DESC, t.currency
