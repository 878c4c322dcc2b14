CREATE FUNCTION org.year_first_day(fiscal_year integer, fiscal_year_start integer) RETURNS date
    LANGUAGE sql IMMUTABLE
    RETURN make_date(fiscal_year - (fiscal_year_start > 1)::integer, fiscal_year_start, 1);
COMMENT ON FUNCTION org.year_first_day(integer, integer) IS 'First day of a fiscal year, which is called after the calendar year it ends in and begins with that month';

GRANT EXECUTE ON FUNCTION org.year_first_day(integer, integer)
    TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;
