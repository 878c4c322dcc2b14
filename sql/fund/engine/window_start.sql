CREATE FUNCTION fund.window_start(cap_window text, month date, fiscal_year_start smallint) RETURNS date
    LANGUAGE sql IMMUTABLE
    RETURN CASE cap_window
        WHEN 'month' THEN month
        WHEN 'fiscal_year'
        THEN org.year_first_day(org.fiscal_year(month, fiscal_year_start), fiscal_year_start)
        ELSE '-infinity'::date
    END;
COMMENT ON FUNCTION fund.window_start(text, date, smallint) IS 'First day of the month, fiscal year or life that the month counts in, for a cap';

GRANT EXECUTE ON FUNCTION fund.window_start(text, date, smallint) TO hm_rater;
