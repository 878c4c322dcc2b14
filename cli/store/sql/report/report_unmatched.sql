-- $1 months, $2 the institution of each. Billing months are of UTC.
SELECT institution, month, issuer, account, service, category, resource, tags::text AS tags, lines,
       trim_scale(amount) AS amount, currency
FROM report.bill_unmatched()
WHERE (institution, to_date(month, 'YYYY-MM')) IN (SELECT * FROM unnest($2::text[], $1::date[]))
ORDER BY institution, month, issuer, abs(amount) DESC, service, resource
