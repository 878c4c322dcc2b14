-- $1 months, $2 the institution of each. Billing months are of UTC.
SELECT institution, month, issuer, account, state, revisions, lines, trim_scale(total) AS total,
       trim_scale(people) AS people, trim_scale(shared) AS shared, trim_scale(idle) AS idle,
       trim_scale(residual) AS residual, trim_scale(difference) AS difference, currency
FROM report.bill_reconciliation
WHERE (institution, to_date(month, 'YYYY-MM')) IN (SELECT * FROM unnest($2::text[], $1::date[]))
ORDER BY institution, month, issuer, account, currency
