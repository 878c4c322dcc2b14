-- An alert lasts while the threshold stays crossed, so that there is one each time.
CREATE FUNCTION budget.raise_alerts(of_institution integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH crossed AS MATERIALIZED (
        SELECT * FROM budget.crossed(of_institution)
    ),
    ended AS (
        UPDATE budget.alert AS a SET ended_at = now()
        WHERE a.institution_id = of_institution AND a.ended_at IS NULL
          AND NOT EXISTS (SELECT FROM crossed AS c
                          WHERE (c.budget_id, c.fund_id, c.percent)
                                IS NOT DISTINCT FROM (a.budget_id, a.fund_id, a.percent))
    ),
    raised AS (
        INSERT INTO budget.alert (institution_id, budget_id, fund_id, percent, spent, amount)
        SELECT of_institution, c.budget_id, c.fund_id, c.percent, c.spent, c.amount FROM crossed AS c
        ORDER BY c.budget_id, c.fund_id, c.percent
        ON CONFLICT DO NOTHING
        RETURNING alert_id
    )
    SELECT count(pg_notify('hubmeter_alert', r.alert_id::text)::text) FROM raised AS r
$$;
COMMENT ON FUNCTION budget.raise_alerts(integer) IS 'Raise the alerts that an institution''s budgets and limited funds call for now, announce them (channel hubmeter_alert, the payload is the alert''s id), and end those whose threshold is crossed no more; returns how many were raised';

GRANT EXECUTE ON FUNCTION budget.raise_alerts(integer) TO hm_rater;
