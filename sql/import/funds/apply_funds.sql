-- What is new of an award counts whenever its period of performance lets it: from ever.
CREATE FUNCTION import.apply_funds() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    INSERT INTO fund.fund AS f (institution_id, code, name, kind, chart_string, is_limited, overdraw)
    SELECT i.institution_id, s.fund, s.name, s.kind, s.chart_string,
           coalesce(k.is_limited, s.amount IS NOT NULL), coalesce(s.overdraw::numeric, 0)
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    LEFT JOIN fund.fund AS k ON k.institution_id = i.institution_id AND k.code = s.fund
    ORDER BY s.line
    ON CONFLICT (institution_id, code) DO UPDATE
       SET name = excluded.name, kind = excluded.kind, chart_string = excluded.chart_string,
           overdraw = CASE WHEN import.has_column('overdraw') THEN excluded.overdraw ELSE f.overdraw END
     WHERE (f.name, f.kind, f.chart_string) IS DISTINCT FROM (excluded.name, excluded.kind, excluded.chart_string)
        OR (import.has_column('overdraw') AND f.overdraw <> excluded.overdraw);
    GET DIAGNOSTICS changed = ROW_COUNT;

    INSERT INTO fund.amendment (fund_id, kind, amount, first_day, last_day, last_posting, effective, reference)
    SELECT f.fund_id, 'award', coalesce(s.amount::numeric, 0), import.parse_day(s.start), import.parse_day(s."end"),
           import.parse_day(s.last_posting), '-infinity', 'award'
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    JOIN fund.fund AS f ON f.institution_id = i.institution_id AND f.code = s.fund
    ORDER BY s.line
    ON CONFLICT (fund_id, reference) DO NOTHING;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION import.apply_funds() IS 'import.apply_file for the kind funds';

GRANT EXECUTE ON FUNCTION import.apply_funds() TO hm_rater;
