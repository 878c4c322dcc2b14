-- One after the other, in the order in which the atoms come, down to the nano-unit at which a counter ends; by the
-- rules of fund.split_whole. All amounts are in nano-units here; those of a tier are cut by largest remainder.
CREATE FUNCTION fund.split_atoms(atoms refcursor, legs fund.split_leg[], draws fund.split_draw[], counted numeric[])
    RETURNS TABLE (piece_no integer, leg_no integer, amount numeric)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leg_tier integer[]; leg_weight integer[]; leg_rule text[];
    leg_is_sponsored boolean[]; leg_is_of_class boolean[]; leg_is_open boolean[];
    first_draw integer[]; last_draw integer[]; draw_counter integer[]; draw_room numeric[];
    first_leg integer[]; last_leg integer[];
    spent numeric[];
    booked_piece integer[] := '{}'; booked_leg integer[] := '{}'; booked_amount numeric[] := '{}';
    atom record;
    carried numeric[]; rest numeric[]; again numeric[];  -- what is free, and what is restricted
    tier_first integer; tier_last integer;
    is_first_round boolean;
    weights integer;
    part numeric[]; fraction numeric[]; takes boolean[];
    missing numeric;
    best integer;
    room numeric; taken numeric; refused numeric;
    kind integer;
    is_full boolean;
BEGIN
    SELECT array_agg(l.tier ORDER BY l.leg_no), array_agg(l.weight_ppm ORDER BY l.leg_no),
           array_agg(l.on_exhaust ORDER BY l.leg_no), array_agg(l.is_sponsored ORDER BY l.leg_no),
           array_agg(l.is_of_class ORDER BY l.leg_no), array_agg(l.is_open ORDER BY l.leg_no)
    INTO leg_tier, leg_weight, leg_rule, leg_is_sponsored, leg_is_of_class, leg_is_open
    FROM unnest(legs) AS l;
    SELECT array_agg(k.f ORDER BY k.n), array_agg(k.t ORDER BY k.n) INTO first_leg, last_leg
    FROM (SELECT r.n, min(l.leg_no) AS f, max(l.leg_no) AS t
          FROM generate_series(1, (SELECT max(r.route_no) FROM unnest(legs) AS r)) AS r (n)
          LEFT JOIN unnest(legs) AS l ON l.route_no = r.n
          GROUP BY r.n) AS k;
    WITH draw AS (
        SELECT d.leg_no, d.counter_no, d.room * 1000000000 AS room,
               row_number() OVER (ORDER BY d.leg_no, d.counter_no)::integer AS n
        FROM unnest(draws) AS d
    )
    SELECT (SELECT array_agg(d.counter_no ORDER BY d.n) FROM draw AS d),
           (SELECT array_agg(d.room ORDER BY d.n) FROM draw AS d), array_agg(k.f ORDER BY k.leg_no),
               array_agg(k.t ORDER BY k.leg_no)
    INTO draw_counter, draw_room, first_draw, last_draw
    FROM (SELECT l.leg_no, coalesce(min(d.n), 1) AS f, coalesce(max(d.n), 0) AS t
          FROM unnest(legs) AS l LEFT JOIN draw AS d ON d.leg_no = l.leg_no GROUP BY l.leg_no) AS k;
    SELECT array_agg(c.amount * 1000000000 ORDER BY c.n) INTO spent
    FROM unnest(counted) WITH ORDINALITY AS c (amount, n);

    LOOP
        FETCH atoms INTO atom;
        EXIT WHEN NOT FOUND;
        carried := ARRAY[abs(atom.amount) * 1000000000, 0];
        tier_first := first_leg[atom.route_no];
        WHILE tier_first <= last_leg[atom.route_no] AND carried[1] + carried[2] > 0 LOOP
            tier_last := tier_first;
            WHILE tier_last < last_leg[atom.route_no] AND leg_tier[tier_last + 1] = leg_tier[tier_first] LOOP
                tier_last := tier_last + 1;
            END LOOP;
            rest := ARRAY[0, 0];
            is_first_round := true;
            LOOP
                again := ARRAY[0, 0];
                FOR bucket IN 1 .. 2 LOOP
                    CONTINUE WHEN carried[bucket] = 0;
                    -- First all legs of the tier share; what is left, only those that can still pay.
                    weights := 0;
                    takes := '{}';
                    FOR i IN tier_first .. tier_last LOOP
                        is_full := false;
                        IF NOT is_first_round AND leg_rule[i] <> 'overdraw' AND atom.amount > 0 THEN
                            FOR d IN first_draw[i] .. last_draw[i] LOOP
                                is_full := is_full OR draw_room[d] <= spent[draw_counter[d]];
                            END LOOP;
                        END IF;
                        takes[i - tier_first + 1] := is_first_round
                            OR leg_is_of_class[i] AND leg_is_open[i] AND NOT is_full
                               AND NOT (bucket = 2 AND leg_is_sponsored[i]);
                        IF takes[i - tier_first + 1] THEN
                            weights := weights + leg_weight[i];
                        END IF;
                    END LOOP;
                    IF weights = 0 THEN
                        rest[bucket] := rest[bucket] + carried[bucket];
                        CONTINUE;
                    END IF;
                    missing := carried[bucket];
                    FOR i IN tier_first .. tier_last LOOP
                        IF takes[i - tier_first + 1] THEN
                            part[i - tier_first + 1] := div(carried[bucket] * leg_weight[i], weights);
                            fraction[i - tier_first + 1] := mod(carried[bucket] * leg_weight[i], weights);
                            missing := missing - part[i - tier_first + 1];
                        ELSE
                            part[i - tier_first + 1] := 0;
                            fraction[i - tier_first + 1] := -1;
                        END IF;
                    END LOOP;
                    WHILE missing > 0 LOOP
                        best := 1;
                        FOR i IN 2 .. tier_last - tier_first + 1 LOOP
                            IF fraction[i] > fraction[best] THEN
                                best := i;
                            END IF;
                        END LOOP;
                        part[best] := part[best] + 1;
                        fraction[best] := -1;
                        missing := missing - 1;
                    END LOOP;

                    FOR i IN tier_first .. tier_last LOOP
                        refused := part[i - tier_first + 1];
                        CONTINUE WHEN refused = 0;
                        kind := CASE WHEN leg_is_sponsored[i] AND leg_is_of_class[i] THEN 2 ELSE bucket END;
                        IF leg_is_of_class[i] AND leg_is_open[i] AND NOT (bucket = 2 AND leg_is_sponsored[i]) THEN
                            room := refused;
                            IF leg_rule[i] <> 'overdraw' AND atom.amount > 0 THEN
                                FOR d IN first_draw[i] .. last_draw[i] LOOP
                                    room := least(room, draw_room[d] - spent[draw_counter[d]]);
                                END LOOP;
                            END IF;
                            taken := greatest(room, 0);
                            IF taken > 0 THEN
                                refused := refused - taken;
                                FOR d IN first_draw[i] .. last_draw[i] LOOP
                                    spent[draw_counter[d]] := spent[draw_counter[d]] + sign(atom.amount) * taken;
                                END LOOP;
                                booked_piece := booked_piece || atom.piece_no;
                                booked_leg := booked_leg || i;
                                booked_amount := booked_amount || sign(atom.amount) * taken;
                            END IF;
                            IF NOT is_first_round OR leg_rule[i] = 'redistribute' THEN
                                again[kind] := again[kind] + refused;
                                CONTINUE;
                            END IF;
                        END IF;
                        rest[kind] := rest[kind] + refused;
                    END LOOP;
                END LOOP;
                EXIT WHEN again[1] + again[2] = 0;
                carried := again;
                is_first_round := false;
            END LOOP;
            carried := rest;
            tier_first := tier_last + 1;
        END LOOP;
        IF carried[1] + carried[2] > 0 THEN
            booked_piece := booked_piece || atom.piece_no;
            booked_leg := booked_leg || NULL::integer;
            booked_amount := booked_amount || sign(atom.amount) * (carried[1] + carried[2]);
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT b.piece_no, b.leg_no, b.amount * 0.000000001
    FROM unnest(booked_piece, booked_leg, booked_amount) AS b (piece_no, leg_no, amount);
END
$$;
COMMENT ON FUNCTION fund.split_atoms(refcursor, fund.split_leg[], fund.split_draw[], numeric[]) IS 'What each leg pays of atoms (piece_no, route_no, amount), in their order, if so much of the counters, from number 1 on, is spent already; leg_no is null where nothing pays';

GRANT EXECUTE ON FUNCTION fund.split_atoms(refcursor, fund.split_leg[], fund.split_draw[], numeric[])
    TO hm_owner; -- a part of fund.split_in_order(), fund.can_spawn()
