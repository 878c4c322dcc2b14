-- Compare, touch only what differs: the writer of charges that are made from tables, as bills and fees are.
CREATE FUNCTION charge.write_target(old_lines bigint[])
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    run bigint := charge.current_run();
    closed bigint[];
BEGIN
    DROP TABLE IF EXISTS pg_temp.old_line, pg_temp.old_share, pg_temp.share_change, pg_temp.line_change;
    CREATE TEMPORARY TABLE old_line ON COMMIT DROP AS
    SELECT * FROM charge.line WHERE line_id = ANY (old_lines);
    closed := ARRAY(SELECT c.line_id
                    FROM (SELECT DISTINCT hub_id, day, basis FROM old_line) AS d
                    CROSS JOIN LATERAL unnest(charge.closed_lines(d.hub_id, d.day, d.basis)) AS c (line_id)
                    WHERE c.line_id = ANY (old_lines));
    IF closed <> '{}' THEN
        PERFORM charge.subtract_closed(closed);
        DELETE FROM old_line WHERE line_id = ANY (closed);
    END IF;
    PERFORM charge.place_target();
    CREATE TEMPORARY TABLE old_share ON COMMIT DROP AS
    SELECT h.* FROM old_line AS l
    JOIN charge.share AS h
      ON h.hub_id = l.hub_id AND h.day = l.day AND h.line_id = l.line_id AND h.line_month = l.month;
    UPDATE target_line AS t SET line_id = o.line_id
    FROM old_line AS o
    WHERE (o.hub_id, o.day, o.workload_group_id, o.class_id, o.resource, o.provider_id, o.basis, o.month, o.period)
        = (t.hub_id, t.day, t.workload_group_id, t.class_id, t.resource, t.provider_id, t.basis, t.month, t.period)
      AND (o.price_id, o.statement_id) IS NOT DISTINCT FROM (t.price_id, t.statement_id);
    UPDATE target_line SET line_id = nextval('charge.line_id') WHERE line_id IS NULL;
    ANALYZE old_line, old_share, target_line, target_share;

    CREATE TEMPORARY TABLE share_change ON COMMIT DROP AS
    SELECT DISTINCT line_id
    FROM (SELECT line_id, sequence::bigint, institution_id, unit_id, person_id, group_id, rule, reason, month, period,
                 weight_ppm, used::numeric, billable::numeric, amount
          FROM old_share) AS h
    FULL JOIN (SELECT line_id, sequence, institution_id, unit_id, person_id, group_id, rule, reason, month, period,
                      weight_ppm, used::numeric, billable::numeric, amount
               FROM target_share JOIN (SELECT line_no, line_id FROM target_line) AS t USING (line_no)) AS n
         USING (line_id, sequence)
    WHERE h IS DISTINCT FROM n;
    ANALYZE share_change;

    CREATE TEMPORARY TABLE line_change ON COMMIT DROP AS
    SELECT coalesce(w.line_id, o.line_id) AS line_id, w.line_no, coalesce(w.hub_id, o.hub_id) AS hub_id,
           coalesce(w.day, o.day) AS day,
           CASE WHEN o.line_id IS NULL THEN 'added' WHEN w.line_id IS NULL THEN 'removed'
                WHEN (o.used, o.billable, o.amount, o.first_slot, o.last_slot)
                     IS DISTINCT FROM (w.used, w.billable, w.amount, w.first_slot, w.last_slot)
                THEN 'changed'
                WHEN h.line_id IS NOT NULL THEN 'shared'
                ELSE 'same' END AS change
    FROM target_line AS w
    FULL JOIN old_line AS o USING (line_id)
    LEFT JOIN share_change AS h USING (line_id);
    ANALYZE line_change;

    DELETE FROM charge.share AS h USING line_change AS c, old_share AS o
    WHERE c.change IN ('removed', 'changed', 'shared') AND o.line_id = c.line_id
      AND (h.hub_id, h.day, h.line_id, h.sequence, h.month) = (o.hub_id, o.day, o.line_id, o.sequence, o.month);
    DELETE FROM charge.line AS l USING line_change AS c, old_line AS o
    WHERE c.change = 'removed' AND o.line_id = c.line_id AND l.line_id = o.line_id AND l.month = o.month;
    UPDATE charge.line AS l
    SET used = w.used, billable = w.billable, amount = w.amount, first_slot = w.first_slot, last_slot = w.last_slot
    FROM line_change AS c JOIN target_line AS w USING (line_no)
    WHERE c.change = 'changed' AND l.line_id = c.line_id AND l.month = w.month;
    INSERT INTO charge.line
           (line_id, used, reserved, billable, first_slot, last_slot, month, period, hub_id, day, workload_group_id,
            class_id, provider_id, price_id, resource, basis, rate, amount, currency, statement_id)
    SELECT c.line_id, w.used, w.reserved, w.billable, w.first_slot, w.last_slot, w.month, w.period, w.hub_id, w.day,
           w.workload_group_id, w.class_id, w.provider_id, w.price_id, w.resource, w.basis, w.rate, w.amount,
           w.currency, w.statement_id
    FROM line_change AS c JOIN target_line AS w USING (line_no)
    WHERE c.change = 'added';
    INSERT INTO charge.share
           (line_id, used, reserved, billable, first_slot, last_slot, month, period, line_month, hub_id, day,
            workload_group_id, institution_id, unit_id, person_id, group_id, weight_ppm, sequence, rule, reason,
            resource, basis, amount, currency)
    SELECT c.line_id, n.used, n.reserved, n.billable, n.first_slot, n.last_slot, n.month, n.period, w.month, w.hub_id,
           w.day, w.workload_group_id, n.institution_id, n.unit_id, n.person_id, n.group_id, n.weight_ppm, n.sequence,
           n.rule, n.reason, w.resource, w.basis, n.amount, w.currency
    FROM line_change AS c JOIN target_line AS w USING (line_no) JOIN target_share AS n USING (line_no)
    WHERE c.change IN ('added', 'changed', 'shared');

    INSERT INTO charge.run_day AS d (run_id, hub_id, day, added, changed, removed, rated_in)
    SELECT run, c.hub_id, c.day, count(*) FILTER (WHERE c.change = 'added'),
           count(*) FILTER (WHERE c.change IN ('changed', 'shared')), count(*) FILTER (WHERE c.change = 'removed'), run
    FROM line_change AS c
    WHERE c.change <> 'same'
    GROUP BY c.hub_id, c.day
    ON CONFLICT (run_id, hub_id, day) DO UPDATE
       SET added = d.added + excluded.added, changed = d.changed + excluded.changed,
           removed = d.removed + excluded.removed, rated_at = now();
    INSERT INTO charge.run_total AS r (run_id, hub_id, day, institution_id, month, currency, before, after)
    SELECT run, t.hub_id, t.day, t.institution_id, t.month, t.currency, sum(t.before), sum(t.after)
    FROM (SELECT hub_id, day, institution_id, month, currency, amount AS before, 0 AS after FROM old_share
          UNION ALL
          SELECT w.hub_id, w.day, n.institution_id, n.month, w.currency, 0, n.amount
          FROM target_share AS n JOIN target_line AS w USING (line_no)
          UNION ALL
          SELECT s.hub_id, s.day, s.institution_id, s.month, s.currency, s.amount, s.amount
          FROM charge.share AS s WHERE s.line_id = ANY (closed)) AS t
    GROUP BY t.hub_id, t.day, t.institution_id, t.month, t.currency
    HAVING sum(t.before) <> sum(t.after)
    ON CONFLICT (run_id, hub_id, day, institution_id, month, currency) DO UPDATE
       SET after = r.after + excluded.after - excluded.before;

    RETURN QUERY
    SELECT count(*) FILTER (WHERE c.change = 'added'), count(*) FILTER (WHERE c.change IN ('changed', 'shared')),
           count(*) FILTER (WHERE c.change = 'removed'), count(*) FILTER (WHERE c.change = 'same')
    FROM line_change AS c;
END
$$;
COMMENT ON FUNCTION charge.write_target(bigint[]) IS 'Make those charge lines and their shares what pg_temp.target_line and target_share say, in the current run; what stands in closed months is taken off first (charge.subtract_closed). Returns how many lines were added, changed, removed and left alone';

GRANT EXECUTE ON FUNCTION charge.write_target(bigint[]) TO hm_owner; -- a part of distribute() and rate_fees()
