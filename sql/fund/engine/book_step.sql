CREATE FUNCTION fund.book_step(of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    reached integer[];
    routes integer[];
    found_counters integer[];
    binding integer[];
BEGIN
    PERFORM fund.split_whole(of_step);

    -- A credit for a counter that is used up makes room in the middle of the step.
    SELECT array_agg(k.counter_no) INTO reached
    FROM (SELECT c.counter_no, sum(b.amount) FILTER (WHERE b.amount > 0) AS demand,
                 min(d.room - c.spent) FILTER (WHERE d.room > c.spent) AS room,
                 bool_or(b.amount < 0 AND d.room <= c.spent) AS is_relieved
          FROM booking AS b
          JOIN route_counter AS d USING (leg_no)
          JOIN counter AS c USING (counter_no)
          WHERE b.step = of_step
          GROUP BY c.counter_no) AS k
    WHERE k.demand > k.room OR k.is_relieved;

    IF reached IS NOT NULL THEN
        -- All that draws on these, and on what those draw on, as far as it may run out in this step, in whichever
        -- order they come: money that lasts for all of them, or is used up all along, links nobody.
        WITH wish AS (
            SELECT p.route_no, coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS amount,
                   bool_or(p.amount < 0) AS has_credit
            FROM piece AS p
            WHERE p.is_capped AND p.step = of_step
            GROUP BY p.route_no
        ),
        draw AS (
            SELECT d.counter_no, w.route_no, w.amount, w.has_credit, min(d.room) AS least,
                   max(d.room) FILTER (WHERE d.room < 'Infinity') AS most
            FROM wish AS w
            JOIN route_leg AS l USING (route_no)
            JOIN route_counter AS d USING (leg_no)
            GROUP BY d.counter_no, w.route_no, w.amount, w.has_credit
        )
        SELECT array_agg(k.counter_no) INTO binding
        FROM (SELECT c.counter_no
              FROM draw AS d JOIN counter AS c USING (counter_no)
              GROUP BY c.counter_no, c.spent
              HAVING sum(d.amount) > min(d.least) - c.spent
                 AND (max(d.most) > c.spent OR bool_or(d.has_credit))) AS k;
        LOOP
            routes := ARRAY(SELECT DISTINCT l.route_no
                            FROM route_leg AS l
                            JOIN route_counter AS d USING (leg_no)
                            WHERE d.counter_no = ANY (reached)
                              AND l.route_no IN (SELECT p.route_no FROM piece AS p
                                                 WHERE p.is_capped AND p.step = of_step));
            found_counters := ARRAY(SELECT DISTINCT d.counter_no
                                    FROM route_leg AS l
                                    JOIN route_counter AS d USING (leg_no)
                                    WHERE l.route_no = ANY (routes) AND d.counter_no = ANY (binding));
            EXIT WHEN found_counters <@ reached;
            reached := reached || found_counters;
        END LOOP;
        DELETE FROM booking AS b USING piece AS p
        WHERE b.step = of_step AND p.is_capped AND p.step = of_step AND p.piece_no = b.piece_no
          AND p.route_no = ANY (routes);
        PERFORM fund.split_in_order(of_step, routes);
    END IF;
END
$$;
COMMENT ON FUNCTION fund.book_step(integer) IS 'Book the pieces of a step that draw on counters: at once where none of these runs out in it, else slot by slot';

GRANT EXECUTE ON FUNCTION fund.book_step(integer) TO hm_owner; -- a part of fund.fund_days()
