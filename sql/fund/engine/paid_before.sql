-- What stands in months that are not open is paid before all else, whenever it was used: it is never displaced.
-- Where a department stands counts as at the beginning of the UTC day: sums are kept by day.
CREATE FUNCTION fund.paid_before(of_institution integer, before date, unit_ids integer[], person_ids integer[])
    RETURNS TABLE (scope text, id integer, of_plan integer, month date, amount numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH plan_leg AS MATERIALIZED (
            SELECT l.plan_leg_id, l.fund_id, v.plan_id,
                   l.tier = max(l.tier) OVER (PARTITION BY l.plan_version_id) AS is_last_tier
            FROM fund.plan_leg AS l
            JOIN fund.plan_version AS v USING (plan_version_id)
            JOIN fund.plan AS p USING (plan_id)
            WHERE p.institution_id = of_institution
        ),
        paid AS MATERIALIZED (
            SELECT t.day, t.month, t.unit_id, l.fund_id, l.plan_id, l.is_last_tier, sum(t.amount) AS amount
            FROM fund.day_total AS t
            JOIN plan_leg AS l USING (plan_leg_id)
            WHERE t.institution_id = of_institution
              AND (t.day < before OR t.period <= (SELECT ledger.frozen_until(of_institution)))
            GROUP BY t.day, t.month, t.unit_id, l.fund_id, l.plan_id, l.is_last_tier
        )
        SELECT 'fund', p.fund_id, 0, p.month, sum(p.amount)
        FROM paid AS p
        GROUP BY p.fund_id, p.month
        UNION ALL
        SELECT 'leg', p.fund_id, p.plan_id, p.month, sum(p.amount)
        FROM paid AS p
        GROUP BY p.fund_id, p.plan_id, p.month
        UNION ALL
        SELECT 'plan cap', p.plan_id, 0, p.month, sum(p.amount)
        FROM paid AS p
        WHERE NOT p.is_last_tier
        GROUP BY p.plan_id, p.month
        UNION ALL
        SELECT 'unit cap', u.ancestor_id, 0, p.month, sum(p.amount)
        FROM org.units_above(of_institution) AS u
        JOIN paid AS p ON p.unit_id = u.unit_id AND u.valid @> p.day::timestamp AT TIME ZONE 'UTC'
        WHERE cardinality(unit_ids) > 0 AND u.ancestor_id = ANY (unit_ids) AND NOT p.is_last_tier
        GROUP BY u.ancestor_id, p.month
        UNION ALL
        SELECT 'person cap', g.person_id, 0, g.month, sum(g.amount)
        FROM fund.leg AS g
        JOIN plan_leg AS l USING (plan_leg_id)
        WHERE cardinality(person_ids) > 0 AND g.institution_id = of_institution
          AND g.person_id = ANY (person_ids)
          AND (g.day < before OR g.period <= (SELECT ledger.frozen_until(of_institution))) AND NOT l.is_last_tier
        GROUP BY g.person_id, g.month;
    END;
COMMENT ON FUNCTION fund.paid_before(integer, date, integer[], integer[]) IS 'What an institution''s funds, legs of plans (fund and plan), and before the last tier plans, those departments and those persons paid for usage before a UTC day or in months that are not open, by usage month';

GRANT EXECUTE ON FUNCTION fund.paid_before(integer, date, integer[], integer[]) TO hm_rater;
