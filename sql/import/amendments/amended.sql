CREATE FUNCTION import.amended()
    RETURNS TABLE (line integer, amendment_id integer, fund_id integer, kind text, amount numeric, first_day date,
                   last_day date, last_posting date, effective date, reference text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH said AS (
        SELECT s.line, f.fund_id, s.kind, coalesce(s.amount::numeric, 0) AS amount,
               import.parse_day(s.start) AS first_day, import.parse_day(s."end") AS last_day,
               import.parse_day(s.last_posting) AS last_posting, import.parse_day(s.effective) AS effective, s.reference
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
    )
    SELECT s.line, a.amendment_id, s.fund_id, s.kind, s.amount, s.first_day, s.last_day, s.last_posting, s.effective,
           s.reference
    FROM said AS s
    LEFT JOIN fund.amendment AS a
           ON (a.fund_id, a.reference, a.kind, a.amount, a.effective)
              = (s.fund_id, s.reference, s.kind, s.amount, s.effective)
          AND (a.first_day, a.last_day, a.last_posting) IS NOT DISTINCT FROM (s.first_day, s.last_day, s.last_posting)
    UNION ALL
    SELECT NULL, a.amendment_id, a.fund_id, a.kind, a.amount, a.first_day, a.last_day, a.last_posting, a.effective,
           a.reference
    FROM fund.amendment AS a
    WHERE a.fund_id IN (SELECT s.fund_id FROM said AS s)
      AND (a.fund_id, a.reference) NOT IN (SELECT s.fund_id, s.reference FROM said AS s);
END
$$;
COMMENT ON FUNCTION import.amended() IS 'All amendments of the funds that the file names, as they will be: with the line where the file says it, and the id where the same is stored';

GRANT EXECUTE ON FUNCTION import.amended() TO hm_rater;
