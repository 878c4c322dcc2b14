-- Days that changed are funded anew, and from the first of them on everything that draws on a fund with an
-- end or a cap: what is left of it there may be more or less than before.
CREATE FUNCTION fund.fund_days(of_institution integer, first_day date, last_day date)
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET client_min_messages = warning SET jit = off SET work_mem = '64MB' SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_variable
DECLARE
    all_since date := (SELECT day FROM fund.dirty_since AS d
                       WHERE d.institution_id = of_institution AND NOT d.is_capped_only);
    capped_since date := (SELECT min(day) FROM (SELECT day FROM fund.dirty_since AS d
                                                WHERE d.institution_id = of_institution
                                                UNION ALL
                                                SELECT day FROM fund.dirty_day AS d
                                                WHERE d.institution_id = of_institution) AS d);
    is_carried boolean := EXISTS (SELECT FROM fund.dirty_since AS d
                                  WHERE d.institution_id = of_institution AND d.is_capped_only AND d.day <= last_day);
    has_changed_capped boolean;
    of_step integer;
BEGIN
    added := 0; changed := 0; removed := 0; unchanged := 0;
    IF capped_since IS NULL OR capped_since > last_day THEN
        RETURN NEXT; -- nothing waits
        RETURN;
    END IF;
    PERFORM fund.stage_pieces(of_institution, first_day, last_day);
    PERFORM fund.stage_routes(of_institution);
    PERFORM fund.stage_counters(of_institution, first_day);

    DROP TABLE IF EXISTS pg_temp.piece, pg_temp.booking;
    CREATE TEMPORARY TABLE piece ON COMMIT DROP AS
    SELECT p.*, r.route_no, r.is_capped, r.reason
    FROM part AS p
    JOIN routed AS t USING (piece_no)
    JOIN route AS r USING (route_no)
    WHERE p.day >= CASE WHEN r.is_capped OR p.round > 1 OR p.until_round > 1 THEN capped_since ELSE all_since END
       OR EXISTS (SELECT FROM fund.dirty_day AS d
                  WHERE d.institution_id = of_institution AND d.day = p.day AND d.hub_id = p.hub_id);
    DROP TABLE pg_temp.part, pg_temp.routed;
    -- Not in the first round: behind zero, until it is its turn.
    UPDATE piece AS p SET step = -p.step WHERE p.is_capped AND p.round > 1;
    CREATE INDEX ON pg_temp.piece (step) WHERE is_capped;
    ANALYZE pg_temp.piece;

    CREATE TEMPORARY TABLE booking (step integer, piece_no integer, leg_no integer, amount numeric) ON COMMIT DROP;
    CREATE INDEX ON pg_temp.booking (step) WHERE step IS NOT NULL;
    PERFORM fund.split_whole(NULL);
    FOR of_step IN SELECT DISTINCT abs(p.step) AS step FROM piece AS p WHERE p.is_capped ORDER BY step LOOP
        PERFORM fund.fund_step(of_step);
    END LOOP;

    SELECT w.added, w.changed, w.removed, w.unchanged, w.has_changed_capped
    INTO added, changed, removed, unchanged, has_changed_capped
    FROM fund.write_legs(of_institution, first_day, last_day, all_since) AS w;

    DELETE FROM fund.dirty_since AS d
    WHERE d.institution_id = of_institution AND d.day BETWEEN first_day AND last_day;
    IF NOT EXISTS (SELECT FROM fund.day_total AS t WHERE t.institution_id = of_institution AND t.day > last_day
                   UNION ALL
                   SELECT FROM fund.dirty_day AS d WHERE d.institution_id = of_institution AND d.day > last_day) THEN
        NULL; -- nothing comes after
    ELSIF all_since <= last_day THEN
        INSERT INTO fund.dirty_since VALUES (of_institution, false, last_day + 1);
    ELSIF is_carried OR has_changed_capped THEN -- what earlier months took may first be missed in a later one
        INSERT INTO fund.dirty_since AS d VALUES (of_institution, true, last_day + 1)
        ON CONFLICT (institution_id, is_capped_only) DO UPDATE SET day = least(d.day, excluded.day);
    END IF;
    WITH done AS (
        DELETE FROM fund.dirty_day AS d
        WHERE d.institution_id = of_institution AND d.day BETWEEN first_day AND last_day
        RETURNING d.hub_id, d.day
    )
    INSERT INTO charge.touched_day SELECT DISTINCT hub_id, day FROM done ON CONFLICT DO NOTHING;
    UPDATE fund.repointing AS r SET is_funded = true
    WHERE r.institution_id = of_institution AND NOT r.is_funded
      AND EXISTS (SELECT FROM piece AS p WHERE p.line_id = r.line_id);
    PERFORM fund.book_liens(of_institution, first_day, last_day);
    PERFORM budget.raise_alerts(of_institution);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION fund.fund_days(integer, date, date) IS 'Bring the legs of an institution''s shares of some UTC days up to date, in the current run (charge.begin_run); earlier days must not wait. Returns how many legs were added, changed, removed and left alone. Call it in a transaction that holds LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE';

GRANT EXECUTE ON FUNCTION fund.fund_days(integer, date, date) TO hm_rater;
