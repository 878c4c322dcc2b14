-- Every charge of what is chosen, each with its line.
SELECT d.day::text, d.hub, d.username, d.person, d.server_name, d.class, d.resource, d.billable, d.unit, d.rate,
       d.rate_unit, d.amount, d.department, d.group_code, d.rule, d.why, d.line_id, d.currency
FROM report.charge_detail AS d
WHERE d.institution = :'institution' AND d.month = (:'month' || '-01')::date
  AND (:'unit' = '' OR d.department IN (SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
                                      WHERE b.institution = :'institution'))
  AND (:'person' = '' OR d.person = :'person')
  AND (:'username' = '' OR d.username = :'username')
  AND (:'hub' = '' OR d.hub = :'hub')
  AND (:'group' = '' OR d.group_code = :'group')
  AND (:'resource' = '' OR d.resource = :'resource')
  AND (:'day' = '' OR d.day = nullif(:'day', '')::date)
ORDER BY d.amount DESC, d.day, d.line_id, d.sequence
