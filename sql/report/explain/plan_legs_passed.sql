-- Derived from what stands: time and class of machine say it themselves; a leg that might have paid and did not
-- pay its whole part has run out of something, or is an award behind another (2 CFR 200.405(c)). Where several
-- can be the reason, all are named.
CREATE FUNCTION report.plan_legs_passed(share charge.share, of_version integer, instants timestamptz[], reached numeric)
    RETURNS TABLE (tier smallint, sequence smallint, fund text, on_exhaust text, why text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH paid AS MATERIALIZED ( -- as if a credit were none
            SELECT g.plan_leg_id, sum(g.amount) * sign(reached) AS amount
            FROM fund.leg AS g
            WHERE g.hub_id = share.hub_id AND g.day = share.day AND g.line_id = share.line_id
              AND g.sequence = share.sequence AND g.month = share.month AND g.institution_id = share.institution_id
            GROUP BY g.plan_leg_id
        ),
        leg AS (
            SELECT l.plan_leg_id, l.tier, l.sequence, l.weight_ppm, f.code AS fund, l.on_exhaust,
                   f.kind IN ('federal', 'sponsored') AS is_award, coalesce(p.amount, 0) AS paid,
                   abs(reached) - coalesce(sum(p.amount) OVER (ORDER BY l.tier GROUPS BETWEEN UNBOUNDED PRECEDING
                                                                                          AND 1 PRECEDING), 0)
                       AS reached_tier
            FROM fund.plan_leg AS l
            JOIN fund.fund AS f USING (fund_id)
            LEFT JOIN paid AS p USING (plan_leg_id)
            WHERE l.plan_version_id = of_version
        ),
        closed AS (
            SELECT l.plan_leg_id, string_agg(DISTINCT c.why, '; ') AS why
            FROM leg AS l
            CROSS JOIN unnest(instants) AS i (at)
            CROSS JOIN LATERAL report.plan_leg_closed(
                l.plan_leg_id, i.at, share.month,
                (SELECT c.name FROM charge.line AS n JOIN usage.resource_class AS c USING (class_id)
                 WHERE n.line_id = share.line_id AND n.month = share.line_month)) AS c (why)
            GROUP BY l.plan_leg_id
        ),
        part AS (
            SELECT l.*, c.why AS closed, l.reached_tier * l.weight_ppm / 1000000 - l.paid AS missing
            FROM leg AS l
            JOIN closed AS c USING (plan_leg_id)
        ),
        tried AS ( -- unplaced: what was redistributed in the tier and nobody there had money for
            SELECT p.*,
                   p.reached_tier - sum(p.paid) OVER tier
                   - coalesce(sum(p.missing) FILTER (WHERE p.missing > 0 AND (p.on_exhaust <> 'redistribute'
                                                                              OR p.closed IS NOT NULL)) OVER tier, 0)
                       AS unplaced
            FROM part AS p
            WINDOW tier AS (PARTITION BY p.tier)
        ),
        ended AS (
            SELECT m.plan_leg_id, m.what, m.spent >= m.room AS is_full,
                   bool_or(m.spent >= m.room) OVER (PARTITION BY m.plan_leg_id) AS has_full
            FROM report.plan_limits(share, of_version, (SELECT max(i.at) FROM unnest(instants) AS i (at))) AS m
            WHERE share.amount > 0
        ),
        cause AS (
            SELECT l.plan_leg_id, 'nothing was left of ' || e.what AS why
            FROM leg AS l
            JOIN ended AS e ON e.plan_leg_id = l.plan_leg_id AND e.is_full = e.has_full
            UNION ALL
            SELECT l.plan_leg_id, 'an award must not pay what another refused'
            FROM leg AS l
            WHERE l.is_award
              AND EXISTS (SELECT FROM leg AS o
                          WHERE o.is_award AND (o.tier < l.tier OR o.tier = l.tier AND o.sequence <> l.sequence
                                                                   AND o.on_exhaust = 'redistribute'))
        )
        SELECT t.tier, t.sequence, t.fund, t.on_exhaust,
               coalesce(t.closed, (SELECT string_agg(k.why, ', or ' ORDER BY k.why DESC) FROM cause AS k
                                   WHERE k.plan_leg_id = t.plan_leg_id))
        FROM tried AS t
        -- Every slot is rounded on its own.
        WHERE t.closed IS NOT NULL OR t.missing > 0.0000001 OR t.unplaced > 0.0000001;
    END;
COMMENT ON FUNCTION report.plan_legs_passed(charge.share, integer, timestamptz[], numeric) IS 'Legs of a version of a plan that did not pay their whole part of a share, of which so much reached the version at these instants (UTC), and why, in words';

GRANT EXECUTE ON FUNCTION report.plan_legs_passed(charge.share, integer, timestamptz[], numeric)
    TO hm_owner; -- a part of report.share_funding()
