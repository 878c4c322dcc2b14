-- What was paid is known by day, so spent is as of the end of the share's.
CREATE FUNCTION report.plan_limits(share charge.share, of_version integer, at timestamptz)
    RETURNS TABLE (plan_leg_id integer, what text, room numeric, spent numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH leg AS (
            SELECT l.plan_leg_id, l.fund_id, l.cap, l.cap_window, v.plan_id, f.is_limited,
                   l.tier = (SELECT max(n.tier) FROM fund.plan_leg AS n WHERE n.plan_version_id = of_version)
                       AS is_last_tier
            FROM fund.plan_leg AS l
            JOIN fund.plan_version AS v USING (plan_version_id)
            JOIN fund.fund AS f USING (fund_id)
            WHERE l.plan_version_id = of_version AND l.on_exhaust <> 'overdraw'
        ),
        above AS (
            SELECT array_agg(u.ancestor_id) AS unit_ids
            FROM org.units_above(share.institution_id) AS u
            WHERE u.unit_id = share.unit_id AND u.valid @> share.day::timestamp AT TIME ZONE 'UTC'
        ),
        named (plan_leg_id, scope, id, of_plan, cap_window, whose, room) AS (
            SELECT l.plan_leg_id, 'fund', l.fund_id, 0, 'life', 'its %s',
                   coalesce(w.room, 0)
            FROM leg AS l
            JOIN org.institution AS i ON i.institution_id = share.institution_id
            LEFT JOIN LATERAL fund.worth(i.institution_id, (at AT TIME ZONE i.time_zone)::date) AS w
                   ON w.fund_id = l.fund_id
            WHERE l.is_limited
            UNION ALL
            SELECT l.plan_leg_id, 'leg', l.fund_id, l.plan_id, l.cap_window, 'its cap of %s in the plan', l.cap
            FROM leg AS l
            WHERE l.cap IS NOT NULL
            UNION ALL
            SELECT l.plan_leg_id, CASE c.scope WHEN 'fund' THEN 'fund' ELSE c.scope || ' cap' END,
                   coalesce(c.fund_id, c.plan_id, c.unit_id, c.person_id), 0, c.cap_window,
                   'the cap of %s for ' || CASE c.scope WHEN 'unit' THEN 'department' ELSE c.scope END || ' '
                   || replace(coalesce(f.code, p.code, u.code, o.code), '%', '%%'),
                   c.amount + c.overdraw
            FROM leg AS l
            CROSS JOIN above AS b
            JOIN fund.cap AS c
              ON c.institution_id = share.institution_id AND c.valid @> at
             AND (c.fund_id = l.fund_id
                  OR NOT l.is_last_tier AND (c.plan_id = l.plan_id OR c.person_id = share.person_id
                                             OR c.unit_id = ANY (b.unit_ids)))
            LEFT JOIN fund.fund AS f ON f.fund_id = c.fund_id
            LEFT JOIN fund.plan AS p ON p.plan_id = c.plan_id
            LEFT JOIN org.unit AS u ON u.unit_id = c.unit_id
            LEFT JOIN org.person AS o ON o.person_id = c.person_id
        ),
        paid AS MATERIALIZED (
            SELECT b.*
            FROM fund.paid_before(share.institution_id, share.day + 1, (SELECT unit_ids FROM above),
                                  ARRAY[share.person_id]) AS b
        )
        SELECT n.plan_leg_id,
               format(n.whose, trim_scale(n.room) || ' ' || i.currency
                               || CASE n.cap_window WHEN 'month' THEN ' a month'
                                                    WHEN 'fiscal_year' THEN ' a fiscal year' ELSE '' END),
               n.room,
               coalesce((SELECT sum(p.amount) FROM paid AS p
                         WHERE (p.scope, p.id, p.of_plan) = (n.scope, n.id, n.of_plan)
                           AND fund.window_start(n.cap_window, p.month, i.fiscal_year_start)
                             = fund.window_start(n.cap_window, share.month, i.fiscal_year_start)), 0)
        FROM named AS n
        JOIN org.institution AS i ON i.institution_id = share.institution_id;
    END;
COMMENT ON FUNCTION report.plan_limits(charge.share, integer, timestamptz) IS 'What the legs of a version of a plan can run out of when they pay for a share, as it is at an instant (UTC): the fund''s amount and every cap, in words; how much each is, and what was paid of it up to the end of the share''s day, in the institution''s currency';

GRANT EXECUTE ON FUNCTION report.plan_limits(charge.share, integer, timestamptz) TO hm_owner; -- a part of report.share_funding()
