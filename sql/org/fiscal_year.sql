CREATE FUNCTION org.fiscal_year(day date, fiscal_year_start integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN extract(year FROM day)::integer
           + (fiscal_year_start > 1 AND extract(month FROM day) >= fiscal_year_start)::integer;
COMMENT ON FUNCTION org.fiscal_year(date, integer) IS 'The fiscal year of a day, which is called after the calendar year it ends in and begins with that month';

GRANT EXECUTE ON FUNCTION org.fiscal_year(date, integer)
    TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;
