-- Every charge of what is chosen, each with its line.
SELECT day::text, hub, username, person, server_name, class, resource, billable, unit, rate, rate_unit, amount,
       department, group_code, rule, why, line_id, currency
FROM report.charge_detail
WHERE institution = :'institution' AND month = (:'month' || '-01')::date
  AND (:'unit' = '' OR department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                      WHERE b.institution = :'institution'))
  AND (:'person' = '' OR person = :'person')
  AND (:'username' = '' OR username = :'username')
  AND (:'hub' = '' OR hub = :'hub')
  AND (:'group' = '' OR group_code = :'group')
  AND (:'resource' = '' OR resource = :'resource')
  AND (:'day' = '' OR day = nullif(:'day', '')::date)
ORDER BY amount DESC, day, line_id, sequence
