-- Nothing here depends on when usage arrived: slots, then names.
--
-- Nested loops are off because the planner takes the lists on the way for one row, or for a thousand.
CREATE FUNCTION fund.atoms(of_step integer, routes integer[])
    RETURNS TABLE (piece_no integer, route_no integer, amount numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
    of_day date := (SELECT s.day FROM step AS s WHERE s.step = of_step);
    first_month date := date_trunc('month', of_day - interval '1 day');
    last_month date := date_trunc('month', of_day + interval '1 day');
    hubs integer[] := ARRAY(SELECT hub_id FROM usage.hub);
BEGIN
    RETURN QUERY
    WITH here AS MATERIALIZED (
        SELECT p.*, s.starts, s.ends
        FROM piece AS p
        JOIN step AS s USING (step)
        WHERE p.is_capped AND p.step = of_step AND p.route_no = ANY (routes)
    ),
    slot AS MATERIALIZED ( -- once for each hub
        SELECT u.hub_id, t.*
        FROM (SELECT hub_id, day, array_agg(DISTINCT line_id) AS line_ids
              FROM here WHERE first_slot <> last_slot GROUP BY hub_id, day) AS u
        CROSS JOIN LATERAL fund.share_slots(u.hub_id, u.day, u.line_ids) AS t
    ),
    used AS MATERIALIZED (
        SELECT h.piece_no, t.slot_start, t.billable
        FROM slot AS t
        JOIN here AS h ON h.hub_id = t.hub_id AND h.line_id = t.line_id AND h.sequence = t.sequence
                      AND t.slot_start >= h.starts AND t.slot_start < h.ends
    ),
    part AS (
        SELECT h.piece_no, u.slot_start, abs(h.amount) * 1000000000 AS total,
               div(abs(h.amount) * 1000000000 * u.billable, sum(u.billable) OVER piece) AS units,
               mod(abs(h.amount) * 1000000000 * u.billable, sum(u.billable) OVER piece) AS fraction
        FROM used AS u
        JOIN here AS h USING (piece_no)
        WINDOW piece AS (PARTITION BY h.piece_no)
    ),
    in_slot AS (
        SELECT piece_no, slot_start,
               units + (row_number() OVER (PARTITION BY piece_no ORDER BY fraction DESC, slot_start)
                        <= total - sum(units) OVER (PARTITION BY piece_no))::integer AS units
        FROM part
    )
    SELECT h.piece_no, h.route_no, coalesce(sign(h.amount) * k.units * 0.000000001, h.amount)
    FROM here AS h
    LEFT JOIN in_slot AS k USING (piece_no)
    JOIN charge.line AS l
      ON l.line_id = h.line_id AND l.hub_id = h.hub_id AND l.hub_id = ANY (hubs) AND l.day = of_day
     AND l.month BETWEEN first_month AND last_month
    JOIN charge.workload_group AS g ON g.workload_group_id = l.workload_group_id
    JOIN usage.hub AS b ON b.hub_id = h.hub_id
    JOIN usage.resource_class AS c ON c.class_id = l.class_id
    LEFT JOIN org.unit AS u ON u.unit_id = h.unit_id
    WHERE coalesce(k.units, 1) > 0
    ORDER BY coalesce(k.slot_start, greatest(h.first_slot, h.starts)), u.code COLLATE "C", b.name COLLATE "C",
             g.username COLLATE "C", g.server_name COLLATE "C", g.tag COLLATE "C", g.kind, c.name COLLATE "C",
             l.resource COLLATE "C", l.basis COLLATE "C", l.rate, h.sequence, h.line_id;
END
$$;
COMMENT ON FUNCTION fund.atoms(integer, integer[]) IS 'The pieces of a step of some routes, cut at every slot, in the order in which they are paid: by slot, department, hub, user name, server, tag, kind, class, resource, basis, rate and share';

GRANT EXECUTE ON FUNCTION fund.atoms(integer, integer[]) TO hm_owner; -- a part of fund.fund_days()
