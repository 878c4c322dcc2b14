-- $1 institution, $2 journal. The columns of struct journal_batch, in its order.
SELECT j.code, j.journal_id, i.code, j.currency, (p.closed_at AT TIME ZONE i.time_zone)::date,
       org.fiscal_year(j.period, i.fiscal_year_start),
       to_char(mod(extract(month FROM j.period)::integer - i.fiscal_year_start + 12, 12) + 1, 'FM00'),
       p.prepared_by, p.closed_by, trunc(extract(epoch FROM p.closed_at) * 1000000)::bigint,
       (SELECT encode(sha256(convert_to(string_agg(concat_ws(' ', d.kind, d.day, encode(d.sha256, 'hex')), E'\n'
                                                   ORDER BY d.kind, d.day), 'UTF8')), 'hex')
        FROM ledger.digest AS d WHERE d.institution_id = j.institution_id AND d.month = j.period),
       j.software_rev
FROM ledger.journal AS j
JOIN ledger.period AS p ON p.institution_id = j.institution_id AND p.month = j.period
JOIN org.institution AS i ON i.institution_id = j.institution_id
WHERE i.code = $1 AND j.code = $2
