-- Of the UTC day on which a lien was opened only what was used in slots after that counts: the same server may have
-- run before. A share is cut by what was billable in them, down.
CREATE FUNCTION fund.book_liens(of_institution integer, first_day date, last_day date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    since date;
    until date;
BEGIN
    SELECT min((n.opened_at AT TIME ZONE 'UTC')::date), max((n.expires_at AT TIME ZONE 'UTC')::date) INTO since, until
    FROM fund.lien AS n
    WHERE n.released_at IS NULL AND n.opened_at < (last_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND n.expires_at > first_day::timestamp AT TIME ZONE 'UTC';
    IF since IS NULL THEN
        RETURN;
    END IF;
    WITH open AS MATERIALIZED (
        SELECT n.lien_id, n.hub_id, n.username, n.server_name, n.opened_at,
               (n.opened_at AT TIME ZONE 'UTC')::date AS opened_on, (n.expires_at AT TIME ZONE 'UTC')::date AS expires_on
        FROM fund.lien AS n
        WHERE n.released_at IS NULL AND n.opened_at < (last_day + 1)::timestamp AT TIME ZONE 'UTC'
          AND n.expires_at > first_day::timestamp AT TIME ZONE 'UTC'
    ),
    leg AS MATERIALIZED (
        SELECT o.lien_id, o.opened_at, o.opened_on, g.hub_id, g.day, g.line_id, g.sequence, g.plan_leg_id, g.unit_id,
               g.person_id, g.amount
        FROM open AS o
        JOIN charge.workload_group AS w USING (hub_id, username, server_name)
        JOIN charge.line AS l USING (hub_id, workload_group_id)
        JOIN fund.leg AS g USING (hub_id, day, line_id)
        WHERE l.day BETWEEN since AND until AND l.month BETWEEN date_trunc('month', since - 1)::date AND until + 1
          AND g.day BETWEEN since AND until AND g.month BETWEEN date_trunc('month', since - 1)::date AND until + 1
          AND g.institution_id = of_institution AND l.basis = 'rate_card' AND l.day BETWEEN o.opened_on AND o.expires_on
          AND g.plan_leg_id IS NOT NULL
    ),
    slot AS MATERIALIZED (
        SELECT d.hub_id, d.day, s.*
        FROM (SELECT hub_id, day, array_agg(DISTINCT line_id) AS line_ids
              FROM leg WHERE day = opened_on GROUP BY hub_id, day) AS d
        CROSS JOIN LATERAL fund.share_slots(d.hub_id, d.day, d.line_ids) AS s
    ),
    -- Usage that is gone counts as from before.
    part AS (
        SELECT g.lien_id, g.plan_leg_id, g.unit_id, g.person_id,
               CASE WHEN g.day > g.opened_on THEN g.amount
                    ELSE coalesce((SELECT div(g.amount * 1000000000
                                              * coalesce(sum(s.billable) FILTER (WHERE s.slot_start >= g.opened_at), 0),
                                              nullif(sum(s.billable), 0))
                                   FROM slot AS s
                                   WHERE s.hub_id = g.hub_id AND s.day = g.day AND s.line_id = g.line_id
                                     AND s.sequence = g.sequence), 0) * 0.000000001 END AS amount
        FROM leg AS g
    ),
    booked AS (
        SELECT p.lien_id, p.plan_leg_id, p.unit_id, p.person_id, sum(p.amount) AS amount
        FROM part AS p
        GROUP BY p.lien_id, p.plan_leg_id, p.unit_id, p.person_id
    )
    UPDATE fund.lien_leg AS g SET booked = coalesce(b.amount, 0)
    FROM fund.lien_leg AS k
    JOIN open AS o USING (lien_id)
    LEFT JOIN booked AS b
           ON b.lien_id = k.lien_id AND b.plan_leg_id = k.plan_leg_id AND b.unit_id = k.unit_id
          AND b.person_id IS NOT DISTINCT FROM k.person_id
    WHERE g.lien_id = k.lien_id AND g.leg = k.leg AND g.institution_id = of_institution
      AND g.booked <> coalesce(b.amount, 0);
END
$$;
COMMENT ON FUNCTION fund.book_liens(integer, date, date) IS 'Take off what open liens hold what the same legs of plans have paid for the same servers since, where an institution''s charges of some UTC days were funded anew';

GRANT EXECUTE ON FUNCTION fund.book_liens(integer, date, date) TO hm_owner; -- a part of fund.fund_days()
