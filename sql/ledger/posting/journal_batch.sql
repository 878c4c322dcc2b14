CREATE FUNCTION ledger.journal_batch(of_institution text, of_journal text)
    RETURNS TABLE (id text, serial bigint, institution text, currency text, post_date date, fiscal_year integer,
                   fiscal_period text, preparer text, approver text, approved_usec bigint, closed_digest text,
                   software_rev text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.code, j.journal_id, i.code, j.currency, (p.closed_at AT TIME ZONE i.time_zone)::date,
           j.fiscal_year, to_char(j.fiscal_period, 'FM00'), p.prepared_by, p.closed_by,
           trunc(extract(epoch FROM p.closed_at) * 1000000)::bigint,
           (SELECT encode(sha256(convert_to(string_agg(concat_ws(' ', d.kind, d.day, encode(d.sha256, 'hex')), E'\n'
                                                       ORDER BY d.kind, d.day), 'UTF8')), 'hex')
            FROM ledger.digest AS d WHERE d.institution_id = j.institution_id AND d.month = j.period),
           j.software_rev
    FROM ledger.journal AS j
    JOIN ledger.period AS p ON p.institution_id = j.institution_id AND p.month = j.period
    JOIN org.institution AS i ON i.institution_id = j.institution_id
    WHERE i.code = of_institution AND j.code = of_journal AND org.sees_institution(i.institution_id)
$$;
COMMENT ON FUNCTION ledger.journal_batch(text, text) IS 'A journal of an institution as its manifest says it: posted on the day on which the month was closed, in the institution''s calendar; approved_usec is microseconds since 1970, closed_digest the SHA-256 of the digests of the month. No row: there is none';

GRANT EXECUTE ON FUNCTION ledger.journal_batch(text, text) TO hm_finance, hm_controller;
