-- As fund.paid_before says what was paid. What is held will be charged now or later, so it counts in every window.
CREATE FUNCTION fund.outstanding(of_institution integer, at timestamptz, but_lien bigint)
    RETURNS TABLE (scope text, id integer, of_plan integer, amount numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH held AS MATERIALIZED (
            SELECT g.fund_id, g.unit_id, g.person_id, v.plan_id, g.amount - g.booked AS amount,
                   l.tier = (SELECT max(o.tier) FROM fund.plan_leg AS o WHERE o.plan_version_id = l.plan_version_id)
                       AS is_last_tier
            FROM fund.lien AS n
            JOIN fund.lien_leg AS g USING (lien_id)
            JOIN fund.plan_leg AS l USING (plan_leg_id)
            JOIN fund.plan_version AS v USING (plan_version_id)
            WHERE n.released_at IS NULL AND n.expires_at > outstanding.at AND n.lien_id IS DISTINCT FROM but_lien
              AND g.institution_id = of_institution AND g.amount > g.booked
        )
        SELECT s.scope, h.fund_id, 0, sum(h.amount)
        FROM held AS h
        CROSS JOIN (VALUES ('fund'), ('fund cap')) AS s (scope)
        GROUP BY s.scope, h.fund_id
        UNION ALL
        SELECT 'leg', h.fund_id, h.plan_id, sum(h.amount)
        FROM held AS h
        GROUP BY h.fund_id, h.plan_id
        UNION ALL
        SELECT 'plan cap', h.plan_id, 0, sum(h.amount)
        FROM held AS h
        WHERE NOT h.is_last_tier
        GROUP BY h.plan_id
        UNION ALL
        SELECT 'unit cap', u.ancestor_id, 0, sum(h.amount)
        FROM held AS h
        JOIN org.units_above(of_institution) AS u
          ON u.unit_id = h.unit_id AND u.valid @> date_trunc('day', outstanding.at, 'UTC')
        WHERE NOT h.is_last_tier
          AND u.ancestor_id IN (SELECT c.unit_id FROM fund.cap AS c WHERE c.institution_id = of_institution)
        GROUP BY u.ancestor_id
        UNION ALL
        SELECT 'person cap', h.person_id, 0, sum(h.amount)
        FROM held AS h
        WHERE NOT h.is_last_tier AND h.person_id IS NOT NULL
        GROUP BY h.person_id;
    END;
COMMENT ON FUNCTION fund.outstanding(integer, timestamptz, bigint) IS 'What liens hold, at an instant (UTC), of an institution''s funds, legs of plans (fund and plan), and before the last tier plans, departments that have caps and persons; a lien may be left out';

GRANT EXECUTE ON FUNCTION fund.outstanding(integer, timestamptz, bigint) TO hm_owner; -- a part of fund.can_spawn()
