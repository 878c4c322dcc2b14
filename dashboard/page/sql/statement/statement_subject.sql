-- Usage at each rate that applied: the tiers of the price book, exact. Read once for what is listed and what is compared.
SELECT coalesce(jsonb_agg(to_jsonb(u)), '[]')::text AS subject
FROM (
    SELECT d.resource, d.class, sum(d.billable) AS billable, d.unit, d.rate,
           coalesce(d.rate_unit, 'no price') AS rate_unit, sum(d.charges) AS charges, sum(d.amount) AS amount, d.currency
    FROM report.department_rate AS d
    WHERE d.institution = :'institution' AND d.month = (:'month' || '-01')::date
      AND (:'unit' = ''
           OR d.department = ANY (ARRAY( -- known before charges are added up, so that no others are
               SELECT b.department FROM report.units_below(:'unit', (:'month' || '-01')::date) AS b
               WHERE b.institution = :'institution')))
    GROUP BY d.resource, d.class, d.unit, d.rate, d.rate_unit, d.currency
) AS u
