CREATE FUNCTION import.check_amendments()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, fund, reference) AS twin,
                 import.parse_day(start) AS first_day, import.parse_day("end") AS last_day
          FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('fund', s.fund, CASE
                    WHEN s.fund IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND f.code IS NULL THEN 'unknown fund of ' || s.institution END),
               ('kind', s.kind, CASE
                    WHEN s.kind = 'award' THEN 'is what hubmeter import funds says'
                    WHEN coalesce(s.kind, '') NOT IN ('increment', 'extension', 'carry-over', 'de-obligation', 'transfer')
                    THEN 'is not one of increment, extension, carry-over, de-obligation, transfer' END),
               ('amount', s.amount, CASE
                    WHEN import.amount_fault(s.amount, false) IS NOT NULL THEN import.amount_fault(s.amount, false)
                    WHEN s.kind IN ('increment', 'carry-over') AND coalesce(s.amount::numeric, 0) <= 0
                    THEN 'must be more than 0: it is added'
                    WHEN s.kind = 'de-obligation' AND coalesce(s.amount::numeric, 0) >= 0
                    THEN 'must be negative: it is taken away'
                    WHEN s.kind = 'transfer' AND coalesce(s.amount::numeric, 0) = 0
                    THEN 'is required: negative where the money comes from'
                    WHEN s.kind = 'extension' AND s.amount::numeric <> 0
                    THEN 'must be empty: more money is an increment of its own'
                    WHEN s.amount::numeric <> 0 AND NOT f.is_limited
                    THEN 'fund ' || s.fund || ' has no amount that it could be added to' END),
               ('start', s.start, CASE
                    WHEN s.start IS NOT NULL AND s.first_day IS NULL THEN 'is not a date such as 2026-07-01' END),
               ('end', s."end", CASE
                    WHEN s."end" IS NOT NULL AND s.last_day IS NULL THEN 'is not a date such as 2027-06-30'
                    WHEN s.kind = 'extension' AND s."end" IS NULL THEN 'is required: the new last day'
                    WHEN s.last_day < s.first_day THEN 'is before the start: both days are part of the period' END),
               ('last_posting', s.last_posting, CASE
                    WHEN s.last_posting IS NOT NULL AND import.parse_day(s.last_posting) IS NULL
                    THEN 'is not a date such as 2027-10-28'
                    WHEN import.parse_day(s.last_posting) < s.last_day
                    THEN 'is before the period of performance ends' END),
               ('effective', s.effective, CASE
                    WHEN import.parse_day(s.effective) IS NULL THEN 'is not a date such as 2026-07-01' END),
               ('reference', s.reference, CASE
                    WHEN s.reference IS NULL THEN 'is required'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF NOT FOUND THEN
        RETURN QUERY SELECT * FROM import.check_amended();
    END IF;
END
$$;
COMMENT ON FUNCTION import.check_amendments() IS 'import.check_rows for the kind amendments';

GRANT EXECUTE ON FUNCTION import.check_amendments() TO hm_rater;
