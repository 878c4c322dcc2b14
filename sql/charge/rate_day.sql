-- Compute, compare, touch only what differs. What stands in a closed month is not compared but taken off what was
-- computed (charge.compute_open), so that only the difference is charged, in the month that is open.
--
-- Nested loops are off because the planner takes the lists that the statement makes on the way for a
-- thousand rows, or for one: a hub-day of 50,000 lines compared in loops never ends.
CREATE FUNCTION charge.rate_day(of_hub integer, of_day date, usage_run bigint)
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
    first_month date := date_trunc('month', of_day - interval '1 day');
    last_month date := date_trunc('month', of_day + interval '1 day');
    cause bigint;
    is_accepted boolean; -- somebody said that the usage is right as it is
    usernames text[]; -- null: everybody
    groups integer[];
    closed bigint[];
    missing text;
BEGIN
    IF NOT EXISTS (SELECT FROM usage.hub WHERE hub_id = of_hub) THEN
        RAISE EXCEPTION 'no hub with id %', of_hub USING ERRCODE = 'no_data_found';
    END IF;

    -- First the marks, then the usage: what arrives in between marks the day again.
    WITH mark AS (
        DELETE FROM ingest.dirty_day WHERE hub_id = of_hub AND day = of_day RETURNING run_id, username
    )
    SELECT coalesce(max(m.run_id), usage_run),
           CASE WHEN count(*) = count(m.username) THEN array_agg(DISTINCT m.username) END,
           coalesce(bool_or(r.reason = 'correction' AND r.detail ^@ 'usage: '), false)
    INTO cause, usernames, is_accepted
    FROM mark AS m LEFT JOIN charge.run AS r USING (run_id);
    SELECT array_agg(workload_group_id) INTO groups
    FROM charge.workload_group WHERE hub_id = of_hub AND username = ANY (usernames);
    DELETE FROM charge.failed_day WHERE hub_id = of_hub AND day = of_day;
    PERFORM set_config('hubmeter.run_id', cause::text, true);
    -- A calendar west or east of UTC puts parts of the day on the day before or after.
    PERFORM charge.ensure_month(of_day - 1), charge.ensure_month(of_day + 1);
    closed := ARRAY(SELECT c.line_id
                    FROM unnest(charge.closed_lines(of_hub, of_day, 'rate_card')) AS c (line_id)
                    JOIN charge.line AS l USING (line_id)
                    WHERE l.hub_id = of_hub AND l.day = of_day AND l.month BETWEEN first_month AND last_month
                      AND (usernames IS NULL OR l.workload_group_id = ANY (groups)));

    WITH computed AS MATERIALIZED (
        SELECT * FROM charge.compute_open(of_hub, of_day, usernames, closed)
    ),
    old_line AS MATERIALIZED (
        SELECT * FROM charge.line
        WHERE hub_id = of_hub AND day = of_day AND month BETWEEN first_month AND last_month
          AND basis = 'rate_card' AND (usernames IS NULL OR workload_group_id = ANY (groups))
          AND line_id <> ALL (closed)
    ),
    new_group AS (
        INSERT INTO charge.workload_group (hub_id, username, server_name, tag, kind)
        SELECT of_hub, username, server_name, tag, kind FROM computed
        EXCEPT
        SELECT hub_id, username, server_name, tag, kind FROM charge.workload_group WHERE hub_id = of_hub
        RETURNING workload_group_id, username, server_name, tag, kind
    ),
    workload_group AS (
        SELECT workload_group_id, username, server_name, tag, kind
        FROM charge.workload_group WHERE hub_id = of_hub
        UNION ALL
        SELECT * FROM new_group
    ),
    line AS MATERIALIZED (
        SELECT coalesce(o.line_id, nextval('charge.line_id')) AS line_id,
               o.line_id IS NULL AS is_new,
               (o.used, o.reserved, o.billable, o.first_slot, o.last_slot, o.rate, o.amount, o.currency)
               IS DISTINCT FROM
               (c.used, c.reserved, c.billable, c.first_slot, c.last_slot, c.rate, c.amount, c.currency)
                   AS differs,
               g.workload_group_id, c.*
        FROM computed AS c
        JOIN workload_group AS g USING (username, server_name, tag, kind)
        LEFT JOIN old_line AS o
               ON (o.workload_group_id, o.class_id, o.resource, o.provider_id, o.month, o.period)
                = (g.workload_group_id, c.class_id, c.resource, c.provider_id, c.month, c.period)
              AND o.price_id IS NOT DISTINCT FROM c.price_id
        WHERE c.sequence = 1
    ),
    gone_line AS MATERIALIZED (
        SELECT o.line_id, o.month FROM old_line AS o
        LEFT JOIN line AS l USING (line_id)
        WHERE l.line_id IS NULL
    ),
    share AS MATERIALIZED (
        SELECT l.line_id, l.month AS line_month, l.workload_group_id, c.sequence::smallint,
               c.share_month AS month, c.share_period AS period, c.institution_id, c.unit_id,
               c.person_id, c.group_id, c.weight_ppm, c.rule, c.reason, c.resource, c.currency,
               c.share_used AS used, c.share_reserved AS reserved, c.share_billable AS billable,
               c.share_amount AS amount, c.share_first_slot AS first_slot, c.share_last_slot AS last_slot
        FROM computed AS c
        JOIN line AS l USING (line_number)
    ),
    old_share AS MATERIALIZED (
        SELECT s.*
        FROM charge.share AS s
        WHERE s.hub_id = of_hub AND s.day = of_day AND s.month BETWEEN first_month AND last_month
          AND s.basis = 'rate_card' AND (usernames IS NULL OR s.workload_group_id = ANY (groups))
          AND s.line_id <> ALL (closed)
    ),
    closed_share AS MATERIALIZED (
        SELECT s.institution_id, s.month, s.currency, s.amount
        FROM charge.share AS s
        WHERE s.hub_id = of_hub AND s.day = of_day AND s.month BETWEEN first_month AND last_month
          AND s.line_id = ANY (closed)
    ),
    new_share AS MATERIALIZED (
        SELECT s.*, o.line_id IS NULL AS is_new FROM share AS s
        LEFT JOIN old_share AS o USING (line_id, sequence)
        WHERE (o.month, o.period, o.institution_id, o.unit_id, o.person_id, o.group_id, o.weight_ppm, o.rule,
               o.reason, o.resource, o.currency, o.used, o.reserved, o.billable, o.amount, o.first_slot,
               o.last_slot)
              IS DISTINCT FROM
              (s.month, s.period, s.institution_id, s.unit_id, s.person_id, s.group_id, s.weight_ppm, s.rule,
               s.reason, s.resource, s.currency, s.used, s.reserved, s.billable, s.amount, s.first_slot,
               s.last_slot)
    ),
    gone_share AS MATERIALIZED (
        SELECT o.line_id, o.sequence, o.month FROM old_share AS o
        LEFT JOIN share AS s USING (line_id, sequence)
        WHERE s.line_id IS NULL
    ),
    removed_line AS (
        DELETE FROM charge.line AS l USING gone_line AS g
        WHERE l.line_id = g.line_id AND l.month = g.month
    ),
    changed_line AS (
        UPDATE charge.line AS l
        SET used = n.used, reserved = n.reserved, billable = n.billable, first_slot = n.first_slot,
            last_slot = n.last_slot, rate = n.rate, amount = n.amount, currency = n.currency
        FROM line AS n
        WHERE l.line_id = n.line_id AND l.month = n.month AND n.differs AND NOT n.is_new
    ),
    added_line AS (
        INSERT INTO charge.line
               (line_id, used, reserved, billable, first_slot, last_slot, month, period, hub_id, day,
                workload_group_id, class_id, provider_id, price_id, resource, basis, rate, amount, currency)
        SELECT line_id, used, reserved, billable, first_slot, last_slot, month, period, of_hub, of_day,
               workload_group_id, class_id, provider_id, price_id, resource, 'rate_card', rate, amount, currency
        FROM line WHERE is_new
    ),
    removed_share AS (
        DELETE FROM charge.share AS s USING gone_share AS g
        WHERE s.hub_id = of_hub AND s.day = of_day AND s.line_id = g.line_id AND s.sequence = g.sequence
          AND s.month = g.month
    ),
    changed_share AS (
        UPDATE charge.share AS s
        SET month = n.month, period = n.period, institution_id = n.institution_id, unit_id = n.unit_id,
            person_id = n.person_id, group_id = n.group_id, weight_ppm = n.weight_ppm, rule = n.rule,
            reason = n.reason, resource = n.resource, currency = n.currency, used = n.used,
            reserved = n.reserved, billable = n.billable, amount = n.amount, first_slot = n.first_slot,
            last_slot = n.last_slot
        FROM new_share AS n
        WHERE NOT n.is_new
          AND s.hub_id = of_hub AND s.day = of_day AND s.month BETWEEN first_month AND last_month
          AND s.line_id = n.line_id AND s.sequence = n.sequence
    ),
    added_share AS (
        INSERT INTO charge.share
               (line_id, used, reserved, billable, first_slot, last_slot, month, period, line_month, hub_id, day,
                workload_group_id, institution_id, unit_id, person_id, group_id, weight_ppm, sequence,
                rule, reason, resource, basis, amount, currency)
        SELECT line_id, used, reserved, billable, first_slot, last_slot, month, period, line_month, of_hub, of_day,
               workload_group_id, institution_id, unit_id, person_id, group_id, weight_ppm, sequence,
               rule, reason, resource, 'rate_card', amount, currency
        FROM new_share
        WHERE is_new
    ),
    tally AS (
        SELECT count(*) FILTER (WHERE is_new) AS added,
               count(*) FILTER (WHERE NOT is_new AND (differs OR s.line_id IS NOT NULL)) AS changed,
               (SELECT count(*) FROM gone_line) AS removed,
               count(*) FILTER (WHERE NOT is_new AND NOT differs AND s.line_id IS NULL) AS unchanged
        FROM line AS l
        LEFT JOIN (SELECT line_id FROM new_share UNION SELECT line_id FROM gone_share) AS s USING (line_id)
    ),
    run_day AS (
        INSERT INTO charge.run_day AS d (run_id, hub_id, day, added, changed, removed, rated_in)
        SELECT cause, of_hub, of_day, t.added, t.changed, t.removed, usage_run FROM tally AS t
        WHERE t.added + t.changed + t.removed > 0
        ON CONFLICT (run_id, hub_id, day) DO UPDATE
           SET added = d.added + excluded.added, changed = d.changed + excluded.changed,
               removed = d.removed + excluded.removed, rated_in = excluded.rated_in,
               rated_at = now()
    ),
    run_total AS (
        INSERT INTO charge.run_total AS r (run_id, hub_id, day, institution_id, month, currency, before, after)
        SELECT cause, of_hub, of_day, institution_id, month, currency, sum(before), sum(after)
        FROM (SELECT institution_id, month, currency, amount AS before, 0 AS after FROM old_share
              UNION ALL
              SELECT institution_id, month, currency, amount, amount FROM closed_share
              UNION ALL
              SELECT institution_id, month, currency, 0, amount FROM share) AS t
        GROUP BY institution_id, month, currency
        HAVING sum(before) <> sum(after)
        ON CONFLICT (run_id, hub_id, day, institution_id, month, currency) DO UPDATE
           SET after = r.after + excluded.after - excluded.before
    ),
    -- Usage only ever grows: where less is left than was charged, slots were dropped since.
    lost AS (
        SELECT format('%s of %s %s are left', greatest(sum(billable), sum(used), 0),
                      greatest(sum(old_billable), sum(old_used)), r.quantity_unit) AS what
        FROM (SELECT class_id, resource, 0 AS used, 0 AS reserved, 0 AS billable,
                     used AS old_used, reserved AS old_reserved, billable AS old_billable
              FROM old_line
              UNION ALL
              SELECT class_id, resource, used, reserved, billable, 0, 0, 0 FROM line) AS q
        JOIN price.resource AS r ON r.code = q.resource
        GROUP BY q.class_id, r.code
        HAVING sum(used) < sum(old_used) OR sum(reserved) < sum(old_reserved)
            OR sum(billable) < sum(old_billable)
        ORDER BY r.ordinal
        LIMIT 1
    )
    SELECT t.added, t.changed, t.removed, t.unchanged, (SELECT what FROM lost)
    INTO added, changed, removed, unchanged, missing
    FROM tally AS t;

    IF missing IS NOT NULL AND NOT is_accepted THEN
        RAISE EXCEPTION 'the day has charges, but its usage is gone: %', missing
            USING ERRCODE = 'HM002',
                  HINT = 'The charges stay as they are; restore the month of usage.slot, or if the usage is right now, charge.accept_usage() says so.';
    END IF;
    IF added + changed + removed > 0 THEN
        PERFORM bill.mark_dirty(of_day);
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION charge.rate_day(integer, date, bigint) IS 'Bring the charges of a UTC day of a hub up to date, in the run that marked the day or else in usage_run; returns how many lines were added, changed (they or their shares), removed and left alone. Call it in a REPEATABLE READ transaction of its own, that holds LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE. HM002: the day has charges for more usage than there is left';

GRANT EXECUTE ON FUNCTION charge.rate_day(integer, date, bigint) TO hm_rater;
