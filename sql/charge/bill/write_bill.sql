-- Compare what charge.distribute() wants (pg_temp.wanted_line, wanted_share) with what is there, and touch
-- only what differs.
CREATE FUNCTION charge.write_bill(of_statement integer)
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    s bill.statement;
    run bigint := charge.current_run();
BEGIN
    SELECT * INTO STRICT s FROM bill.statement WHERE statement_id = of_statement;
    DROP TABLE IF EXISTS pg_temp.old_line, pg_temp.old_share, pg_temp.share_change, pg_temp.line_change;
    CREATE TEMPORARY TABLE old_line ON COMMIT DROP AS
    SELECT * FROM charge.line WHERE statement_id = of_statement;
    CREATE TEMPORARY TABLE old_share ON COMMIT DROP AS
    SELECT h.* FROM old_line AS l
    JOIN charge.share AS h
      ON h.hub_id = l.hub_id AND h.day = l.day AND h.line_id = l.line_id AND h.line_month = l.month;
    ANALYZE old_line;
    ANALYZE old_share;

    CREATE TEMPORARY TABLE share_change ON COMMIT DROP AS
    SELECT DISTINCT line_id
    FROM (SELECT line_id, sequence::bigint, institution_id, unit_id, person_id, group_id, rule, reason, month,
                 weight_ppm, billable::numeric, amount
          FROM old_share) AS h
    FULL JOIN (SELECT line_id, sequence, institution_id, unit_id, person_id, group_id, rule, reason, month,
                      weight_ppm, billable, units * 0.000000001 AS amount
               FROM wanted_share) AS n USING (line_id, sequence)
    WHERE h IS DISTINCT FROM n;
    ANALYZE share_change;

    CREATE TEMPORARY TABLE line_change ON COMMIT DROP AS
    SELECT coalesce(w.line_id, o.line_id) AS line_id, coalesce(w.hub_id, o.hub_id) AS hub_id,
           coalesce(w.day, o.day) AS day,
           CASE WHEN o.line_id IS NULL THEN 'added' WHEN w.line_id IS NULL THEN 'removed'
                WHEN (o.billable, o.amount, o.first_slot, o.last_slot)
                     IS DISTINCT FROM (w.billable, w.units * 0.000000001, w.first_slot, w.last_slot)
                THEN 'changed'
                WHEN h.line_id IS NOT NULL THEN 'shared'
                ELSE 'same' END AS change
    FROM wanted_line AS w
    FULL JOIN old_line AS o USING (line_id)
    LEFT JOIN share_change AS h USING (line_id);
    ANALYZE line_change;

    DELETE FROM charge.share AS h USING line_change AS c, old_share AS o
    WHERE c.change IN ('removed', 'changed', 'shared') AND o.line_id = c.line_id
      AND (h.hub_id, h.day, h.line_id, h.sequence, h.month) = (o.hub_id, o.day, o.line_id, o.sequence, o.month);
    DELETE FROM charge.line AS l USING line_change AS c, old_line AS o
    WHERE c.change = 'removed' AND o.line_id = c.line_id AND l.line_id = o.line_id AND l.month = o.month;
    UPDATE charge.line AS l
    SET billable = w.billable, amount = w.units * 0.000000001, first_slot = w.first_slot, last_slot = w.last_slot
    FROM line_change AS c JOIN wanted_line AS w USING (line_id)
    WHERE c.change = 'changed' AND l.line_id = w.line_id AND l.month = w.month;
    INSERT INTO charge.line
           (line_id, used, reserved, billable, first_slot, last_slot, month, period, hub_id, day, workload_group_id,
            class_id, provider_id, price_id, resource, basis, rate, amount, currency, statement_id)
    SELECT w.line_id, 0, 0, w.billable, w.first_slot, w.last_slot, w.month, w.month, w.hub_id, w.day,
           w.workload_group_id, w.class_id, s.institution_id, NULL, w.resource, 'actual', NULL,
           w.units * 0.000000001, s.currency, of_statement
    FROM line_change AS c JOIN wanted_line AS w USING (line_id)
    WHERE c.change = 'added';
    INSERT INTO charge.share
           (line_id, used, reserved, billable, first_slot, last_slot, month, line_month, hub_id, day,
            workload_group_id, institution_id, unit_id, person_id, group_id, weight_ppm, sequence, rule, reason,
            resource, basis, amount, currency)
    SELECT w.line_id, 0, 0, n.billable, n.first_slot, n.last_slot, n.month, w.month, w.hub_id, w.day,
           w.workload_group_id, n.institution_id, n.unit_id, n.person_id, n.group_id, n.weight_ppm, n.sequence,
           n.rule, n.reason, w.resource, 'actual', n.units * 0.000000001, s.currency
    FROM line_change AS c JOIN wanted_line AS w USING (line_id) JOIN wanted_share AS n USING (line_id)
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
    SELECT run, t.hub_id, t.day, t.institution_id, t.month, s.currency, sum(t.before), sum(t.after)
    FROM (SELECT hub_id, day, institution_id, month, amount AS before, 0 AS after FROM old_share
          UNION ALL
          SELECT w.hub_id, w.day, n.institution_id, n.month, 0, n.units * 0.000000001
          FROM wanted_share AS n JOIN wanted_line AS w USING (line_id)) AS t
    GROUP BY t.hub_id, t.day, t.institution_id, t.month
    HAVING sum(t.before) <> sum(t.after)
    ON CONFLICT (run_id, hub_id, day, institution_id, month, currency) DO UPDATE
       SET after = r.after + excluded.after - excluded.before;

    RETURN QUERY
    SELECT count(*) FILTER (WHERE c.change = 'added'), count(*) FILTER (WHERE c.change IN ('changed', 'shared')),
           count(*) FILTER (WHERE c.change = 'removed'), count(*) FILTER (WHERE c.change = 'same')
    FROM line_change AS c;
END
$$;
COMMENT ON FUNCTION charge.write_bill(integer) IS 'Bring lines and shares of a statement to what charge.distribute() wants, in the current run; returns how many lines were added, changed, removed and left alone';

GRANT EXECUTE ON FUNCTION charge.write_bill(integer) TO hm_rater;
