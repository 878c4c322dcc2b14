-- The rule of who is an active user, for the fee and for the list behind it.
CREATE FUNCTION price.active_user(of_fee integer, of_month date)
    RETURNS TABLE (username text, hub text, first_day date)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT ON (g.username) g.username, f.hub, l.first_day
        FROM price.fee_hub AS f
        JOIN usage.hub AS h ON h.name = f.hub
        JOIN charge.workload_group AS g USING (hub_id)
        JOIN (SELECT l.hub_id, l.workload_group_id, min(l.day) AS first_day
              FROM charge.line AS l
              WHERE l.basis = 'rate_card'
                AND l.hub_id IN (SELECT b.hub_id FROM price.fee_hub AS k JOIN usage.hub AS b ON b.name = k.hub
                                 WHERE k.fee_id = of_fee)
                AND l.day >= of_month AND l.day < (of_month + interval '1 month')::date
                AND l.month BETWEEN (of_month - interval '1 month')::date
                                AND (of_month + interval '1 month')::date
              GROUP BY l.hub_id, l.workload_group_id) AS l USING (hub_id, workload_group_id)
        WHERE f.fee_id = of_fee AND g.username <> ''
          AND NOT EXISTS (SELECT FROM price.service_account AS a WHERE a.hub = f.hub AND a.username = g.username)
        ORDER BY g.username, l.first_day, f.hub;
    END;
COMMENT ON FUNCTION price.active_user(integer, date) IS 'User names with usage on the hubs of a fee in a month of UTC days, each once, with the first day and the hub it was on; without service accounts and whatever nobody was named for';

GRANT EXECUTE ON FUNCTION price.active_user(integer, date) TO hm_rater, hm_finance;
