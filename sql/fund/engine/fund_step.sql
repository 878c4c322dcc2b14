CREATE FUNCTION fund.fund_step(of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    of_round bigint;
BEGIN
    WITH given_back AS (
        DELETE FROM release AS r WHERE r.step <= of_step RETURNING r.counter_no, r.amount
    )
    UPDATE counter AS c SET spent = c.spent - g.amount
    FROM (SELECT b.counter_no, sum(b.amount) AS amount FROM given_back AS b GROUP BY b.counter_no) AS g
    WHERE c.counter_no = g.counter_no;
    UPDATE route_leg AS l SET is_full = NOT l.is_full
    FROM step AS s
    WHERE s.step = of_step AND l.epoch = s.epoch
      AND l.is_full <> EXISTS (SELECT FROM route_counter AS d JOIN counter AS c USING (counter_no)
                               WHERE d.leg_no = l.leg_no AND d.room <= c.spent);
    PERFORM fund.book_step(of_step);
    -- In comes what corrects, and what it corrects stands aside, as it was paid before that.
    FOR of_round IN SELECT DISTINCT k.round
                    FROM piece AS p CROSS JOIN LATERAL (VALUES (p.round), (p.until_round)) AS k (round)
                    WHERE p.is_capped AND p.step IN (of_step, -of_step) AND k.round > 1
                    ORDER BY k.round LOOP
        UPDATE booking AS b SET step = -of_step FROM piece AS p
        WHERE b.step = of_step AND p.is_capped AND p.step = of_step AND p.piece_no = b.piece_no
          AND p.until_round = of_round;
        DELETE FROM booking AS b WHERE b.step = of_step;
        UPDATE piece AS p SET step = -p.step
        WHERE p.is_capped AND p.step IN (of_step, -of_step) AND of_round IN (p.round, p.until_round);
        PERFORM fund.book_step(of_step);
    END LOOP;

    UPDATE counter AS c SET spent = c.spent + k.amount
    FROM (SELECT d.counter_no, sum(b.amount) AS amount
          FROM booking AS b JOIN route_counter AS d USING (leg_no)
          WHERE b.step = of_step
          GROUP BY d.counter_no) AS k
    WHERE c.counter_no = k.counter_no;
END
$$;
COMMENT ON FUNCTION fund.fund_step(integer) IS 'Book the pieces of a step that draw on counters, what corrects others in a round after them, and count what was paid';

GRANT EXECUTE ON FUNCTION fund.fund_step(integer) TO hm_owner; -- a part of fund.fund_days()
