CREATE FUNCTION fund.worth(of_institution integer, on_day date)
    RETURNS TABLE (fund_id integer, amount numeric, room numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT f.fund_id, sum(a.amount), sum(a.amount) + f.overdraw
        FROM fund.fund AS f
        JOIN fund.amendment AS a ON a.fund_id = f.fund_id AND a.effective <= on_day
        WHERE f.institution_id = of_institution AND f.is_limited
        GROUP BY f.fund_id;
    END;
COMMENT ON FUNCTION fund.worth(integer, date) IS 'What an institution''s limited funds are worth for usage of a day in its calendar, by the amendments that are effective then, and how much they may pay, overdraw included; no row: nothing yet';

GRANT EXECUTE ON FUNCTION fund.worth(integer, date) TO hm_rater, hm_finance, hm_dashboard;
