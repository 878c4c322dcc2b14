-- What was paid is known by day, and where a department stands counts as at the beginning of one.
CREATE FUNCTION fund.limits(of_institution integer, of_version integer, of_unit integer, of_person integer,
                            at timestamptz, of_month date, before date)
    RETURNS TABLE (plan_leg_id integer, scope text, id integer, of_plan integer, cap_window text, what text,
                   room numeric, spent numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH leg AS (
            SELECT l.plan_leg_id, l.fund_id, l.cap, l.cap_window, v.plan_id, f.is_limited,
                   l.tier = (SELECT max(n.tier) FROM fund.plan_leg AS n WHERE n.plan_version_id = of_version)
                       AS is_last_tier
            FROM fund.plan_leg AS l
            JOIN fund.plan_version AS v USING (plan_version_id)
            JOIN fund.fund AS f USING (fund_id)
            WHERE l.plan_version_id = of_version
        ),
        capped AS MATERIALIZED (
            SELECT c.* FROM fund.cap AS c WHERE c.institution_id = of_institution AND c.valid @> limits.at
        ),
        above AS MATERIALIZED (
            SELECT array_agg(u.ancestor_id) AS unit_ids
            FROM org.units_above(of_institution) AS u
            WHERE EXISTS (SELECT FROM capped AS c WHERE c.scope = 'unit')
              AND u.unit_id = of_unit AND u.valid @> date_trunc('day', limits.at, 'UTC')
        ),
        named (plan_leg_id, scope, id, of_plan, cap_window, whose, room) AS (
            SELECT l.plan_leg_id, 'fund', l.fund_id, 0, 'life', 'its %s',
                   coalesce(w.room, 0)
            FROM leg AS l
            JOIN org.institution AS i ON i.institution_id = of_institution
            LEFT JOIN LATERAL fund.worth(i.institution_id, (limits.at AT TIME ZONE i.time_zone)::date) AS w
                   ON w.fund_id = l.fund_id
            WHERE l.is_limited
            UNION ALL
            SELECT l.plan_leg_id, 'leg', l.fund_id, l.plan_id, l.cap_window, 'its cap of %s in the plan', l.cap
            FROM leg AS l
            WHERE l.cap IS NOT NULL
            UNION ALL
            SELECT l.plan_leg_id, c.scope || ' cap', coalesce(c.fund_id, c.plan_id, c.unit_id, c.person_id), 0,
                   c.cap_window,
                   'the cap of %s for ' || CASE c.scope WHEN 'unit' THEN 'department' ELSE c.scope END || ' '
                   || replace(coalesce(f.code, p.code, u.code, o.code), '%', '%%'),
                   c.amount + c.overdraw
            FROM leg AS l
            CROSS JOIN above AS b
            JOIN capped AS c
              ON c.fund_id = l.fund_id
                 OR NOT l.is_last_tier AND (c.plan_id = l.plan_id OR c.person_id = of_person
                                            OR c.unit_id = ANY (b.unit_ids))
            LEFT JOIN fund.fund AS f ON f.fund_id = c.fund_id
            LEFT JOIN fund.plan AS p ON p.plan_id = c.plan_id
            LEFT JOIN org.unit AS u ON u.unit_id = c.unit_id
            LEFT JOIN org.person AS o ON o.person_id = c.person_id
        ),
        paid AS MATERIALIZED (
            SELECT b.*
            FROM fund.paid_before(of_institution, before, (SELECT unit_ids FROM above),
                                  ARRAY(SELECT c.person_id FROM capped AS c WHERE c.person_id = of_person)) AS b
        )
        SELECT n.plan_leg_id, n.scope, n.id, n.of_plan, n.cap_window,
               format(n.whose, trim_scale(n.room) || ' ' || i.currency
                               || CASE n.cap_window WHEN 'month' THEN ' a month'
                                                    WHEN 'fiscal_year' THEN ' a fiscal year' ELSE '' END),
               n.room,
               coalesce((SELECT sum(p.amount) FROM paid AS p
                         WHERE (p.scope, p.id, p.of_plan)
                             = (CASE n.scope WHEN 'fund cap' THEN 'fund' ELSE n.scope END, n.id, n.of_plan)
                           AND fund.window_start(n.cap_window, p.month, i.fiscal_year_start)
                             = fund.window_start(n.cap_window, of_month, i.fiscal_year_start)), 0)
        FROM named AS n
        JOIN org.institution AS i ON i.institution_id = of_institution;
    END;
COMMENT ON FUNCTION fund.limits(integer, integer, integer, integer, timestamptz, date, date) IS 'What the legs of a version of a plan can run out of when they pay for a department and a person (null: nobody known), as it is at an instant (UTC), in the window that a usage month is in: the fund''s amount and every cap, also in words; how much each is, and what was paid of it before a UTC day, in the institution''s currency';

GRANT EXECUTE ON FUNCTION fund.limits(integer, integer, integer, integer, timestamptz, date, date)
    TO hm_owner; -- a part of fund.can_spawn(), report.share_funding()
