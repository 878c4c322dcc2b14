CREATE FUNCTION price.active_users(of_fee integer, of_month date) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT count(DISTINCT g.username)
        FROM price.fee_hub AS f
        JOIN usage.hub AS h ON h.name = f.hub
        JOIN charge.workload_group AS g USING (hub_id)
        WHERE f.fee_id = of_fee AND g.username <> ''
          AND NOT EXISTS (SELECT FROM price.service_account AS a WHERE a.hub = f.hub AND a.username = g.username)
          AND EXISTS (SELECT FROM charge.line AS l
                      WHERE l.hub_id = g.hub_id AND l.workload_group_id = g.workload_group_id
                        AND l.basis = 'rate_card'
                        AND l.day >= of_month AND l.day < (of_month + interval '1 month')::date
                        AND l.month BETWEEN (of_month - interval '1 month')::date
                                        AND (of_month + interval '1 month')::date);
    END;
COMMENT ON FUNCTION price.active_users(integer, date) IS 'User names with usage on the hubs of a fee in a month of UTC days, each once, without service accounts and whatever nobody was named for';

GRANT EXECUTE ON FUNCTION price.active_users(integer, date) TO hm_rater;
