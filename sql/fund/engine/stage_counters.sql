-- A counter is money that several may draw on: a fund, or what is left of a cap in a window. What was spent
-- of it is known up to the first day; from there on it is counted.
CREATE FUNCTION fund.stage_counters(of_institution integer, first_day date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    year_start smallint := (SELECT fiscal_year_start FROM org.institution WHERE institution_id = of_institution);
BEGIN
    DROP TABLE IF EXISTS pg_temp.route_leg, pg_temp.named, pg_temp.draw, pg_temp.counter, pg_temp.release,
                         pg_temp.route_counter;
    -- is_open: may it pay at all, as far as time and class of machine go?
    CREATE TEMPORARY TABLE route_leg ON COMMIT DROP AS
    SELECT r.route_no, l.plan_leg_id, l.tier, l.sequence, l.fund_id, l.weight_ppm, l.on_exhaust, t.is_sponsored,
           l.tier = max(l.tier) OVER (PARTITION BY r.route_no) AS is_last_tier,
           l.only_classes IS NULL OR c.name = ANY (l.only_classes) AS is_of_class,
           t.pays @> e.starts
           AND (t.last_posting IS NULL OR t.last_posting >= (r.period + interval '1 month - 1 day')::date) AS is_open,
           r.epoch, r.month, r.unit_ids, r.person_id, l.cap, l.cap_window, v.plan_id, false AS is_full,
           row_number() OVER (ORDER BY r.route_no, l.tier, l.sequence)::integer AS leg_no
    FROM route AS r
    JOIN fund.plan_version AS v USING (plan_version_id)
    JOIN fund.plan_leg AS l USING (plan_version_id)
    JOIN fund.terms(of_institution) AS t USING (fund_id)
    JOIN epoch AS e USING (epoch)
    JOIN usage.resource_class AS c USING (class_id);

    -- All that a leg counts for, if there is a counter of it.
    CREATE TEMPORARY TABLE named ON COMMIT DROP AS
    SELECT l.leg_no, l.month, l.epoch, l.is_of_class AND l.is_open AS is_ready, s.scope, s.id, s.of_plan
    FROM route_leg AS l
    CROSS JOIN LATERAL fund.counts_for(l.fund_id, l.plan_id, l.is_last_tier, l.unit_ids, l.person_id) AS s;
    ANALYZE pg_temp.named;

    CREATE TEMPORARY TABLE draw ON COMMIT DROP AS
    WITH cap AS MATERIALIZED (
        SELECT e.epoch, c.scope || ' cap' AS scope, coalesce(c.fund_id, c.plan_id, c.unit_id, c.person_id) AS id,
               c.cap_window, c.amount + c.overdraw AS room
        FROM epoch AS e
        JOIN fund.cap AS c ON c.institution_id = of_institution AND c.valid @> e.starts
    ),
    worth AS MATERIALIZED (
        SELECT e.epoch, w.fund_id, w.room
        FROM epoch AS e
        CROSS JOIN org.institution AS i
        CROSS JOIN LATERAL fund.worth(i.institution_id, (e.starts AT TIME ZONE i.time_zone)::date) AS w
        WHERE i.institution_id = of_institution
    ),
    bound AS (
        SELECT l.leg_no, l.month, 'fund' AS scope, l.fund_id AS id, 0 AS of_plan, 'life' AS cap_window,
               coalesce(w.room, 0) AS room
        FROM route_leg AS l
        JOIN fund.fund AS f ON f.fund_id = l.fund_id AND f.is_limited
        LEFT JOIN worth AS w ON w.epoch = l.epoch AND w.fund_id = l.fund_id
        UNION ALL
        SELECT l.leg_no, l.month, 'leg', l.fund_id, l.plan_id, l.cap_window, l.cap
        FROM route_leg AS l WHERE l.cap IS NOT NULL
        UNION ALL
        SELECT l.leg_no, l.month, c.scope, c.id, 0, c.cap_window, c.room
        FROM named AS l
        JOIN cap AS c USING (epoch, scope, id)
    )
    SELECT b.*, fund.window_start(b.cap_window, b.month, year_start) AS since FROM bound AS b;

    CREATE TEMPORARY TABLE counter ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY scope, id, of_plan, cap_window, since)::integer AS counter_no, d.*,
           0::numeric AS spent
    FROM (SELECT DISTINCT scope, id, of_plan, cap_window, since,
                 CASE cap_window WHEN 'month' THEN (since + interval '1 month')::date
                                 WHEN 'fiscal_year' THEN (since + interval '1 year')::date
                                 ELSE 'infinity'::date END AS until
          FROM draw) AS d;
    UPDATE counter AS c SET spent = s.amount
    FROM (SELECT c.counter_no, sum(p.amount) AS amount
          FROM fund.paid_before(of_institution, first_day,
                                ARRAY(SELECT k.id FROM counter AS k WHERE k.scope = 'unit cap'),
                                ARRAY(SELECT k.id FROM counter AS k WHERE k.scope = 'person cap')) AS p
          JOIN counter AS c
            ON c.id = p.id AND c.of_plan = p.of_plan AND p.month >= c.since AND p.month < c.until
           AND CASE c.scope WHEN 'fund cap' THEN 'fund' ELSE c.scope END = p.scope
          GROUP BY c.counter_no) AS s
    WHERE c.counter_no = s.counter_no;

    -- What a share corrects is given back when its own time comes.
    CREATE TEMPORARY TABLE release ON COMMIT DROP AS
    SELECT o.step, c.counter_no, sum(o.amount) AS amount
    FROM (SELECT DISTINCT ON (g.line_id, g.sequence, g.leg) g.*, a.step
          FROM standing AS g JOIN part AS a ON (a.line_id, a.sequence) = (g.of_line, g.of_sequence)
          ORDER BY g.line_id, g.sequence, g.leg, a.step) AS o
    JOIN (SELECT k.*, k.tier = max(k.tier) OVER (PARTITION BY k.plan_version_id) AS is_last_tier
          FROM fund.plan_leg AS k) AS l USING (plan_leg_id)
    JOIN fund.plan_version AS v USING (plan_version_id)
    LEFT JOIN capped_units AS u ON u.day = o.day AND u.unit_id = o.unit_id
    CROSS JOIN LATERAL fund.counts_for(l.fund_id, v.plan_id, l.is_last_tier, u.unit_ids, o.person_id) AS s
    JOIN counter AS c
      ON (c.scope, c.id, c.of_plan) = (s.scope, s.id, s.of_plan) AND o.month >= c.since AND o.month < c.until
    GROUP BY o.step, c.counter_no;

    -- What is paid counts also where nothing limits it: before a cap begins, or by a leg of the plan that has none.
    ANALYZE pg_temp.draw, pg_temp.counter;
    CREATE TEMPORARY TABLE route_counter ON COMMIT DROP AS
    SELECT n.leg_no, c.counter_no, coalesce(d.room, 'Infinity') AS room
    FROM named AS n
    JOIN counter AS c USING (scope, id, of_plan)
    LEFT JOIN draw AS d USING (leg_no, scope, id, of_plan, cap_window, since)
    WHERE n.is_ready AND n.month >= c.since AND n.month < c.until;
    CREATE INDEX ON pg_temp.route_counter (leg_no);
    UPDATE route AS r SET is_capped = true
    WHERE EXISTS (SELECT FROM route_leg AS l JOIN route_counter AS d USING (leg_no) WHERE l.route_no = r.route_no);
    CREATE INDEX ON pg_temp.route_leg (route_no);
    ANALYZE pg_temp.route_leg, pg_temp.route_counter, pg_temp.counter;
END
$$;
COMMENT ON FUNCTION fund.stage_counters(integer, date) IS 'Make pg_temp.route_leg (the legs of every route), counter (with what was spent before the UTC day), release (what of it a step gives back first) and route_counter (which counters a leg draws on, and how much each may be: Infinity where it only counts)';

GRANT EXECUTE ON FUNCTION fund.stage_counters(integer, date) TO hm_owner; -- a part of fund.fund_days()
