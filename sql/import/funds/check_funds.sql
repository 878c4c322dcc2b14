CREATE FUNCTION import.check_funds()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT *, min(line) OVER (PARTITION BY institution, fund) AS twin,
                 import.parse_day(start) AS first_day, import.parse_day("end") AS last_day,
                 import.parse_day(last_posting) AS posting_day
          FROM import_stage) AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
    LEFT JOIN fund.amendment AS a ON a.fund_id = f.fund_id AND a.kind = 'award'
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, import.institution_fault(s.institution, i.code)),
               ('fund', s.fund, CASE
                    WHEN s.fund IS NULL THEN 'is required'
                    WHEN s.fund ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN s.twin < s.line THEN 'is already in line ' || s.twin END),
               ('name', s.name, CASE WHEN s.name IS NULL THEN 'is required' END),
               ('kind', s.kind, CASE
                    WHEN coalesce(s.kind, '') NOT IN ('federal', 'sponsored', 'gift', 'operating', 'prepaid', 'subsidy',
                                                      'suspense', 'write-off')
                    THEN 'is not one of federal, sponsored, gift, operating, prepaid, subsidy, suspense, write-off' END),
               ('chart_string', s.chart_string, CASE
                    WHEN s.chart_string IS NULL THEN 'is required'
                    ELSE fund.chart_fault(i.institution_id, s.chart_string) END),
               ('start', s.start, CASE
                    WHEN s.start IS NOT NULL AND s.first_day IS NULL THEN 'is not a date such as 2026-07-01'
                    WHEN s.first_day IS DISTINCT FROM a.first_day THEN import.award_fault('start', a) END),
               ('end', s."end", CASE
                    WHEN s."end" IS NOT NULL AND s.last_day IS NULL THEN 'is not a date such as 2027-06-30'
                    WHEN s.last_day < s.first_day THEN 'is before the start: both days are part of the period'
                    WHEN s.last_day IS DISTINCT FROM a.last_day THEN import.award_fault('end', a) END),
               ('last_posting', s.last_posting, CASE
                    WHEN s.last_posting IS NOT NULL AND s.posting_day IS NULL THEN 'is not a date such as 2027-10-28'
                    WHEN s.posting_day < coalesce(s.last_day, s.first_day) THEN 'is before the period of performance ends'
                    WHEN s.posting_day IS DISTINCT FROM a.last_posting THEN import.award_fault('last_posting', a) END),
               ('amount', s.amount, CASE
                    WHEN import.amount_fault(s.amount, s.amount IS NOT NULL) IS NOT NULL
                    THEN import.amount_fault(s.amount, true)
                    WHEN s.amount::numeric IS DISTINCT FROM CASE WHEN f.is_limited THEN a.amount END
                    THEN import.award_fault('amount', a) END),
               ('overdraw', s.overdraw, CASE
                    WHEN import.amount_fault(s.overdraw, s.overdraw IS NOT NULL) IS NOT NULL
                    THEN import.amount_fault(s.overdraw, true)
                    WHEN s.overdraw::numeric > 0 AND s.amount IS NULL AND f.is_limited IS NOT TRUE
                    THEN 'belongs to a fund with an amount' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_funds() IS 'import.check_rows for the kind funds';

GRANT EXECUTE ON FUNCTION import.check_funds() TO hm_rater;
