-- Compute, compare, touch only what differs.
CREATE FUNCTION fund.write_legs(of_institution integer, first_day date, last_day date, all_since date)
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint, has_changed_capped boolean)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
    first_month date := date_trunc('month', first_day - interval '1 day');
    last_month date := date_trunc('month', last_day + interval '1 day');
    frozen date := ledger.frozen_until(of_institution);
    of_round bigint;
BEGIN
    DROP TABLE IF EXISTS pg_temp.leg_part, pg_temp.new_leg, pg_temp.difference;
    CREATE TEMPORARY TABLE leg_part ON COMMIT DROP AS
    SELECT p.hub_id, p.day, p.line_id, p.sequence, p.month, p.period, p.unit_id, p.person_id, p.currency, r.plan_leg_id,
           CASE WHEN b.leg_no IS NULL THEN coalesce(p.reason, 'no leg of the plan may pay') END AS reason, b.amount
    FROM booking AS b
    JOIN piece AS p USING (piece_no)
    LEFT JOIN route_leg AS r USING (leg_no)
    UNION ALL
    SELECT o.hub_id, o.day, o.of_line, o.of_sequence, o.month, p.period, o.unit_id, o.person_id, o.currency,
           o.plan_leg_id, o.reason, -o.amount
    FROM standing AS o
    JOIN (SELECT DISTINCT hub_id, day, line_id, sequence, period FROM piece) AS p
      ON (p.hub_id, p.day, p.line_id, p.sequence) = (o.hub_id, o.day, o.of_line, o.of_sequence)
    WHERE NOT o.is_own;
    FOR of_round IN SELECT DISTINCT round FROM piece WHERE round > 1 ORDER BY round LOOP
        INSERT INTO leg_part (hub_id, day, line_id, sequence, month, period, unit_id, person_id, currency, plan_leg_id,
                          reason, amount)
        SELECT o.hub_id, o.day, e.of_line, e.of_sequence, o.month, p.period, o.unit_id, o.person_id, o.currency,
               o.plan_leg_id, o.reason, -o.amount
        FROM earlier AS e
        JOIN (SELECT DISTINCT line_id, sequence, period FROM piece WHERE round = of_round) AS p
          ON (p.line_id, p.sequence) = (e.of_line, e.of_sequence)
        JOIN leg_part AS o ON (o.line_id, o.sequence) = (e.line_id, e.sequence)
        WHERE NOT e.is_frozen;
    END LOOP;

    CREATE TEMPORARY TABLE new_leg ON COMMIT DROP AS
    SELECT b.*, row_number() OVER (PARTITION BY b.hub_id, b.day, b.line_id, b.sequence
                                   ORDER BY v.valid_from, l.tier, l.sequence, b.reason)::smallint AS leg,
           l.fund_id
    FROM (SELECT a.hub_id, a.day, a.line_id, a.sequence, a.month, a.period, a.unit_id, a.person_id, a.currency,
                 a.plan_leg_id, a.reason, sum(a.amount) AS amount
          FROM leg_part AS a
          GROUP BY a.hub_id, a.day, a.line_id, a.sequence, a.month, a.period, a.unit_id, a.person_id, a.currency,
                   a.plan_leg_id, a.reason
          HAVING sum(a.amount) <> 0) AS b
    LEFT JOIN fund.plan_leg AS l USING (plan_leg_id)
    LEFT JOIN fund.plan_version AS v USING (plan_version_id);

    CREATE TEMPORARY TABLE difference ON COMMIT DROP AS
    WITH share AS MATERIALIZED (
        SELECT DISTINCT hub_id, day, line_id, sequence FROM piece
    ),
    old_leg AS MATERIALIZED (
        SELECT g.*
        FROM fund.leg AS g
        LEFT JOIN share AS s USING (hub_id, day, line_id, sequence)
        LEFT JOIN fund.dirty_day AS d
               ON d.institution_id = g.institution_id AND d.day = g.day AND d.hub_id = g.hub_id
        WHERE g.institution_id = of_institution AND g.day BETWEEN first_day AND last_day
          AND g.month BETWEEN first_month AND last_month
          AND (g.period > frozen OR ledger.may_repoint(of_institution, g.line_id, g.period))
          AND (s.line_id IS NOT NULL OR d.hub_id IS NOT NULL OR g.day >= all_since)
    )
    SELECT hub_id, day, line_id, sequence, leg,
           o.month AS old_month, o.period AS old_period, o.unit_id AS old_unit_id, o.plan_leg_id AS old_plan_leg_id,
           o.fund_id AS old_fund_id, o.currency AS old_currency, o.amount AS old_amount,
           n.month, n.period, n.unit_id, n.person_id, n.plan_leg_id, n.fund_id, n.reason, n.currency, n.amount,
           (o.month, o.period, o.unit_id, o.person_id, o.fund_id, o.plan_leg_id, o.reason, o.amount, o.currency)
               IS DISTINCT FROM
           (n.month, n.period, n.unit_id, n.person_id, n.fund_id, n.plan_leg_id, n.reason, n.amount, n.currency)
               AS differs
    FROM old_leg AS o
    FULL JOIN new_leg AS n USING (hub_id, day, line_id, sequence, leg);

    DELETE FROM fund.leg AS g USING difference AS d
    WHERE d.differs AND d.old_month IS NOT NULL
      AND g.hub_id = d.hub_id AND g.day = d.day AND g.line_id = d.line_id AND g.sequence = d.sequence AND g.leg = d.leg
      AND g.month = d.old_month AND g.period = d.old_period AND g.institution_id = of_institution
      AND g.month BETWEEN first_month AND last_month;
    INSERT INTO fund.leg (line_id, month, period, hub_id, day, institution_id, unit_id, person_id, fund_id,
                          plan_leg_id, sequence, leg, reason, amount, currency)
    SELECT line_id, month, period, hub_id, day, of_institution, unit_id, person_id, fund_id, plan_leg_id, sequence, leg,
           reason, amount, currency
    FROM difference WHERE differs AND month IS NOT NULL;

    INSERT INTO fund.day_total AS t (institution_id, day, month, period, plan_leg_id, unit_id, currency, amount)
    SELECT of_institution, day, month, period, plan_leg_id, unit_id, currency, sum(amount)
    FROM (SELECT day, month, period, plan_leg_id, unit_id, currency, amount
          FROM difference WHERE differs AND month IS NOT NULL
          UNION ALL
          SELECT day, old_month, old_period, old_plan_leg_id, old_unit_id, old_currency, -old_amount
          FROM difference WHERE differs AND old_month IS NOT NULL) AS c
    GROUP BY day, month, period, plan_leg_id, unit_id, currency
    HAVING sum(amount) <> 0
    ON CONFLICT (institution_id, day, month, period, plan_leg_id, unit_id, currency) DO UPDATE
       SET amount = t.amount + excluded.amount;
    DELETE FROM fund.day_total AS t
    WHERE t.institution_id = of_institution AND t.day BETWEEN first_day AND last_day AND t.amount = 0;

    INSERT INTO fund.run_total AS t (run_id, institution_id, month, fund_id, currency, before, after)
    SELECT charge.current_run(), of_institution, month, fund_id, currency, sum(before), sum(after)
    FROM (SELECT month, fund_id, currency, 0 AS before, amount AS after FROM difference WHERE month IS NOT NULL
          UNION ALL
          SELECT old_month, old_fund_id, old_currency, old_amount, 0 FROM difference WHERE old_month IS NOT NULL) AS c
    GROUP BY month, fund_id, currency
    HAVING sum(before) <> sum(after)
    ON CONFLICT (run_id, institution_id, month, fund_id, currency) DO UPDATE
       SET before = t.before + excluded.before, after = t.after + excluded.after;

    RETURN QUERY
    WITH drawing AS (
        SELECT l.plan_leg_id
        FROM (SELECT l.plan_leg_id, l.fund_id, bool_or(l.cap IS NOT NULL) OVER (PARTITION BY v.plan_id, l.fund_id)
            AS is_capped
              FROM fund.plan_leg AS l
              JOIN fund.plan_version AS v USING (plan_version_id)) AS l
        JOIN fund.fund AS f USING (fund_id)
        WHERE f.institution_id = of_institution
          AND (f.is_limited OR l.is_capped
               OR EXISTS (SELECT FROM fund.cap AS c WHERE c.institution_id = of_institution AND c.voided_at IS NULL))
    )
    SELECT count(*) FILTER (WHERE d.old_month IS NULL),
           count(*) FILTER (WHERE d.differs AND num_nulls(d.month, d.old_month) = 0),
           count(*) FILTER (WHERE d.month IS NULL), count(*) FILTER (WHERE NOT d.differs),
           coalesce(bool_or(d.differs AND (n.plan_leg_id IS NOT NULL OR o.plan_leg_id IS NOT NULL)), false)
    FROM difference AS d
    LEFT JOIN drawing AS n ON n.plan_leg_id = d.plan_leg_id
    LEFT JOIN drawing AS o ON o.plan_leg_id = d.old_plan_leg_id;
END
$$;
COMMENT ON FUNCTION fund.write_legs(integer, date, date, date) IS 'Make fund.leg and its sums what pg_temp.booking says, for the pieces that were booked and all else of the same hub-days that waited; has_changed_capped: is something else left of a counter than before?';

GRANT EXECUTE ON FUNCTION fund.write_legs(integer, date, date, date) TO hm_owner; -- a part of fund.fund_days()
