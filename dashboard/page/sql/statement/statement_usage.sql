SELECT d.resource, d.class, d.billable, d.unit, d.rate, d.rate_unit, d.charges, d.amount, d.currency
FROM jsonb_to_recordset(:'subject'::jsonb)
    AS d (resource text, class text, billable numeric, unit text, rate numeric, rate_unit text, charges bigint,
          amount numeric, currency text)
ORDER BY d.resource, d.class, d.rate
