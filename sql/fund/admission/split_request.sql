-- What was paid and what is held come from one statement, so from one snapshot: a charge that is booked meanwhile is
-- in both or in neither.
CREATE FUNCTION fund.split_request(payers fund.payer[], class text, at timestamptz, but_lien bigint)
    RETURNS SETOF fund.payer_part
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    legs fund.split_leg[];
    leg_ids integer[];
    draws fund.split_draw[];
    whats text[];
    counted numeric[];
    atoms refcursor;
BEGIN
    WITH leg AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY p.payer, l.tier, l.sequence)::integer AS leg_no, p.payer, p.institution_id,
               l.plan_leg_id, l.tier, l.weight_ppm, l.on_exhaust, l.fund_id, p.plan_id, t.is_sponsored,
               l.only_classes IS NULL OR split_request.class = ANY (l.only_classes) AS is_of_class,
               t.pays @> split_request.at
               AND (t.last_posting IS NULL OR t.last_posting >= (p.month + interval '1 month - 1 day')::date) AS is_open
        FROM unnest(payers) AS p
        JOIN fund.plan_leg AS l USING (plan_version_id)
        CROSS JOIN LATERAL fund.terms(p.institution_id) AS t
        WHERE t.fund_id = l.fund_id
    ),
    bound AS MATERIALIZED (
        SELECT p.payer, p.institution_id, m.*
        FROM unnest(payers) AS p
        CROSS JOIN LATERAL fund.limits(p.institution_id, p.plan_version_id, p.unit_id, p.person_id, split_request.at,
                                       p.month, 'infinity') AS m
        WHERE p.plan_version_id IS NOT NULL
    ),
    held AS MATERIALIZED (
        SELECT i.institution_id, o.*
        FROM (SELECT DISTINCT b.institution_id FROM bound AS b) AS i
        CROSS JOIN LATERAL fund.outstanding(i.institution_id, split_request.at, but_lien) AS o
    ),
    counter AS MATERIALIZED (
        SELECT row_number() OVER ()::integer AS counter_no, c.*, c.spent + coalesce(h.amount, 0) AS gone
        FROM (SELECT DISTINCT b.institution_id, b.scope, b.id, b.of_plan, b.cap_window, b.spent FROM bound AS b) AS c
        LEFT JOIN held AS h USING (institution_id, scope, id, of_plan)
    ),
    -- A leg without a cap counts for that of another leg of the fund in the plan.
    draw AS (
        SELECT l.leg_no, c.counter_no, coalesce(b.room, 'Infinity') AS room, b.what
        FROM leg AS l
        JOIN counter AS c USING (institution_id)
        LEFT JOIN bound AS b
               ON (b.payer, b.plan_leg_id, b.scope, b.id, b.of_plan, b.cap_window)
                = (l.payer, l.plan_leg_id, c.scope, c.id, c.of_plan, c.cap_window)
        WHERE b.payer IS NOT NULL OR c.scope = 'leg' AND (c.id, c.of_plan) = (l.fund_id, l.plan_id)
    )
    SELECT (SELECT array_agg(ROW(l.payer, l.leg_no, l.tier, l.weight_ppm, l.on_exhaust, l.is_sponsored, l.is_of_class,
                                 l.is_open)::fund.split_leg ORDER BY l.leg_no) FROM leg AS l),
           (SELECT array_agg(l.plan_leg_id ORDER BY l.leg_no) FROM leg AS l),
           array_agg(ROW(d.leg_no, d.counter_no, d.room)::fund.split_draw ORDER BY d.leg_no, d.counter_no),
           array_agg(d.what ORDER BY d.leg_no, d.counter_no),
           (SELECT array_agg(c.gone ORDER BY c.counter_no) FROM counter AS c)
    INTO legs, leg_ids, draws, whats, counted
    FROM draw AS d;

    OPEN atoms FOR SELECT p.payer AS piece_no, p.payer AS route_no, p.amount
                   FROM unnest(payers) AS p WHERE p.plan_version_id IS NOT NULL ORDER BY p.payer;
    RETURN QUERY
    WITH paid AS MATERIALIZED (
        SELECT s.piece_no, s.leg_no, sum(s.amount) AS amount
        FROM fund.split_atoms(atoms, legs, draws, counted) AS s
        GROUP BY s.piece_no, s.leg_no
    ),
    leg AS (
        SELECT l.*, coalesce(d.amount, 0) AS paid,
               p.amount - coalesce(sum(d.amount) OVER (PARTITION BY l.route_no ORDER BY l.tier
                                                       GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS reached
        FROM unnest(legs) AS l
        JOIN unnest(payers) AS p ON p.payer = l.route_no
        LEFT JOIN paid AS d ON d.leg_no = l.leg_no
    ),
    part AS (
        SELECT l.*, div(l.reached * 1000 * l.weight_ppm, 1) * 0.000000001 AS needed FROM leg AS l
    ),
    draw AS (
        SELECT d.leg_no, d.counter_no, d.room - counted[d.counter_no] AS free, whats[d.n] AS what
        FROM unnest(draws) WITH ORDINALITY AS d (leg_no, counter_no, room, n)
    ),
    taken AS (
        SELECT d.counter_no, sum(q.amount) AS amount FROM draw AS d JOIN paid AS q USING (leg_no) GROUP BY d.counter_no
    ),
    least_left AS (
        SELECT DISTINCT ON (d.leg_no) d.leg_no, d.free, d.free - coalesce(k.amount, 0) AS remaining, d.what
        FROM draw AS d
        LEFT JOIN taken AS k USING (counter_no)
        WHERE d.free < 'Infinity'
        ORDER BY d.leg_no, d.free - coalesce(k.amount, 0), d.free
    )
    SELECT l.route_no, l.leg_no, leg_ids[l.leg_no], l.paid,
           CASE WHEN l.on_exhaust <> 'overdraw' THEN m.remaining END, k.is_refused, greatest(m.free, 0), l.needed, m.what
    FROM part AS l
    LEFT JOIN least_left AS m USING (leg_no)
    CROSS JOIN LATERAL (SELECT l.on_exhaust = 'deny' AND l.is_of_class AND l.paid < l.needed AS is_refused) AS k
    WHERE l.paid > 0 OR k.is_refused
    UNION ALL
    SELECT p.piece_no, NULL, NULL, p.amount, NULL, false, NULL, NULL, NULL
    FROM paid AS p
    WHERE p.leg_no IS NULL;
    CLOSE atoms;
END
$$;
COMMENT ON FUNCTION fund.split_request(fund.payer[], text, timestamptz, bigint) IS 'Which legs of their plans would pay for a server of a class of machine at an instant (UTC), by the rules of funding, from what is neither paid nor held (by other liens than that one); what would be left then of what limits each leg most (null: nothing does), and where a leg that denies has less than the part that it needs (is_refused), how much is free of what. plan_leg_id is null where nothing pays';

GRANT EXECUTE ON FUNCTION fund.split_request TO hm_owner; -- a part of fund.can_spawn()
