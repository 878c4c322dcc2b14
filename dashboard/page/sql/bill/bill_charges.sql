-- Parts of bills, and fees: every charge that is not by the price book, each with its line.
SELECT day::text, component, hub, username, person, department, rule, why, amount, line_id, currency
FROM report.bill_detail
WHERE institution = :'institution' AND month = (:'month' || '-01')::date
  AND (:'unit' = '' OR department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                      WHERE b.institution = :'institution'))
  AND (:'person' = '' OR person = :'person')
  AND (:'hub' = '' OR hub = :'hub')
  AND (:'resource' = '' OR component = :'resource')
ORDER BY abs(amount) DESC, day, line_id, sequence
