-- With the rights of the caller: the policies of budget.budget say what is seen.
CREATE FUNCTION budget.status(at timestamptz)
    RETURNS TABLE (institution text, unit text, fiscal_year integer, first_day date, last_day date,
        is_current boolean, budget numeric,
                   delegated numeric, spent numeric, available numeric, percent_used numeric, daily_rate numeric,
                   forecast numeric, forecast_low numeric, forecast_high numeric, run_out_day date, currency text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT i.code, u.code, b.fiscal_year, f.first_day, f.last_day, f.is_current, b.amount, f.delegated, f.spent,
               b.amount - f.spent, round(100 * f.spent / nullif(b.amount, 0), 2), f.daily_rate,
               f.forecast, f.forecast_low, f.forecast_high, f.run_out_day, i.currency
        FROM budget.figures(at) AS f
        JOIN budget.budget AS b USING (budget_id)
        JOIN org.institution AS i USING (institution_id)
        JOIN org.unit AS u USING (unit_id);
    END;
COMMENT ON FUNCTION budget.status(timestamptz) IS 'report.budget_status as of an instant';

GRANT EXECUTE ON FUNCTION budget.status(timestamptz) TO hm_rater, hm_finance, hm_controller, hm_steward, hm_dashboard;
GRANT SELECT (institution_id, code, currency) ON org.institution TO hm_finance, hm_controller, hm_steward, hm_dashboard;
GRANT SELECT (unit_id, code) ON org.unit TO hm_finance, hm_controller, hm_steward, hm_dashboard;
