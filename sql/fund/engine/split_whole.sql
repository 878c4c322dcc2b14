-- Set-based: right as long as no counter runs out among these pieces, for then their order does not matter.
-- A leg whose counters are used up (is_full) takes nothing, any other takes its part.
--
-- What an award (a federal or sponsored fund) refuses must not land on another award (2 CFR 200.405(c)): it is
-- restricted from then on. What a leg does not pay for because of the class of machine is not the award's at all.
CREATE FUNCTION fund.split_whole(of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    last_tier integer := (SELECT max(tier) FROM route_leg);
BEGIN
    DROP TABLE IF EXISTS pg_temp.waiting;
    CREATE TEMPORARY TABLE waiting ON COMMIT DROP AS
    SELECT 1 AS tier, p.piece_no, p.route_no, false AS is_restricted, p.amount
    FROM piece AS p
    WHERE of_step IS NULL AND NOT p.is_capped OR p.is_capped AND p.step = of_step;

    FOR t IN 1 .. coalesce(last_tier, 0) LOOP
        WITH part AS (
            SELECT w.piece_no, w.route_no, w.is_restricted, l.leg_no, l.on_exhaust, l.is_sponsored,
                   l.is_of_class AND l.is_open AND NOT (w.is_restricted AND l.is_sponsored) AS is_ready,
                   l.is_of_class,
                   l.is_full AND l.on_exhaust <> 'overdraw' AND w.amount > 0 AS is_full,
                   sign(w.amount) * 0.000000001
                   * (s.units + (row_number() OVER (bucket ORDER BY s.fraction DESC, l.sequence)
                                 <= s.total - sum(s.units) OVER bucket)::integer) AS amount
            FROM waiting AS w
            JOIN route_leg AS l ON l.route_no = w.route_no AND l.tier = t
            CROSS JOIN LATERAL (
                SELECT abs(w.amount) * 1000000000 AS total,
                       div(abs(w.amount) * 1000 * l.weight_ppm, 1) AS units,
                       mod(abs(w.amount) * 1000 * l.weight_ppm, 1) AS fraction
            ) AS s
            WHERE w.tier = t AND w.amount <> 0
            WINDOW bucket AS (PARTITION BY w.piece_no, w.is_restricted)
        ),
        refused AS (
            SELECT p.piece_no, p.route_no, p.is_restricted OR p.is_sponsored AND p.is_of_class AS is_restricted,
                   p.is_ready AND p.is_full AND p.on_exhaust = 'redistribute' AS is_for_others, p.amount
            FROM part AS p
            WHERE p.amount <> 0 AND NOT (p.is_ready AND NOT p.is_full)
        ),
        refused_in_all AS (
            SELECT piece_no, route_no, is_restricted, is_for_others, sum(amount) AS amount
            FROM refused
            GROUP BY piece_no, route_no, is_restricted, is_for_others
        ),
        other AS (
            SELECT r.piece_no, r.is_restricted, l.leg_no,
                   sign(r.amount) * 0.000000001
                   * (s.units + (row_number() OVER (bucket ORDER BY s.fraction DESC, l.sequence)
                                 <= s.total - sum(s.units) OVER bucket)::integer) AS amount
            FROM (SELECT r.*, l.leg_no, l.sequence, l.weight_ppm,
                         sum(l.weight_ppm) OVER (PARTITION BY r.piece_no, r.is_restricted) AS weights
                  FROM refused_in_all AS r
                  JOIN route_leg AS l ON l.route_no = r.route_no AND l.tier = t
                  WHERE r.is_for_others AND l.is_of_class AND l.is_open AND NOT (r.is_restricted AND l.is_sponsored)
                    AND (NOT l.is_full OR l.on_exhaust = 'overdraw')) AS r
            JOIN route_leg AS l USING (leg_no)
            CROSS JOIN LATERAL (
                SELECT abs(r.amount) * 1000000000 AS total,
                       div(abs(r.amount) * 1000000000 * r.weight_ppm, r.weights) AS units,
                       mod(abs(r.amount) * 1000000000 * r.weight_ppm, r.weights) AS fraction
            ) AS s
            WINDOW bucket AS (PARTITION BY r.piece_no, r.is_restricted)
        ),
        booked AS (
            INSERT INTO booking (step, piece_no, leg_no, amount)
            SELECT of_step, p.piece_no, p.leg_no, p.amount FROM part AS p WHERE p.is_ready AND NOT p.is_full
                AND p.amount <> 0
            UNION ALL
            SELECT of_step, o.piece_no, o.leg_no, o.amount FROM other AS o WHERE o.amount <> 0
        )
        INSERT INTO waiting (tier, piece_no, route_no, is_restricted, amount)
        SELECT t + 1, r.piece_no, r.route_no, r.is_restricted, sum(r.amount)
        FROM refused_in_all AS r
        WHERE NOT (r.is_for_others
                   AND EXISTS (SELECT FROM other AS o
                               WHERE o.piece_no = r.piece_no AND o.is_restricted = r.is_restricted))
        GROUP BY r.piece_no, r.route_no, r.is_restricted;
    END LOOP;

    -- Without a plan, or refused by all of it.
    INSERT INTO booking (step, piece_no, leg_no, amount)
    SELECT of_step, w.piece_no, NULL, w.amount
    FROM waiting AS w
    WHERE w.amount <> 0 AND NOT EXISTS (SELECT FROM route_leg AS l WHERE l.route_no = w.route_no AND l.tier = w.tier);
END
$$;
COMMENT ON FUNCTION fund.split_whole(integer) IS 'Book the pieces of a step that draw on counters, or (null) all that draw on none, to pg_temp.booking; leg_no is null where nothing pays';

GRANT EXECUTE ON FUNCTION fund.split_whole(integer) TO hm_owner; -- a part of fund.fund_days()
