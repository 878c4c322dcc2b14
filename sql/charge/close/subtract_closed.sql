-- What closed months hold already is taken off what is wanted, line by line of the same natural key and payer by
-- payer; what remains, of either sign, is booked in the months that are open. The lines and shares of one key add up to
-- what rating says now, whatever was closed in between.
CREATE FUNCTION charge.subtract_closed(closed bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET jit = off AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.closed_line, pg_temp.rest;
    CREATE TEMPORARY TABLE closed_line ON COMMIT DROP AS
    SELECT t.line_no, l.line_id, l.hub_id, l.day, l.workload_group_id, l.class_id, l.resource, l.provider_id,
           l.price_id, l.basis, l.statement_id, l.month, l.period, l.rate, l.currency, l.used, l.reserved, l.billable,
           l.amount, l.first_slot, l.last_slot,
           dense_rank() OVER (ORDER BY l.hub_id, l.day, l.workload_group_id, l.class_id, l.resource, l.provider_id,
                                       l.price_id, l.basis, l.statement_id, l.month) AS key_no
    FROM charge.line AS l
    LEFT JOIN target_line AS t
           ON (t.hub_id, t.day, t.workload_group_id, t.class_id, t.resource, t.provider_id, t.basis, t.month)
            = (l.hub_id, l.day, l.workload_group_id, l.class_id, l.resource, l.provider_id, l.basis, l.month)
          AND (t.price_id, t.statement_id) IS NOT DISTINCT FROM (l.price_id, l.statement_id)
    WHERE l.line_id = ANY (closed);
    -- Charged then and not any more.
    UPDATE closed_line SET line_no = key_no + coalesce((SELECT max(line_no) FROM target_line), 0)
    WHERE line_no IS NULL;
    INSERT INTO target_line (line_no, hub_id, day, workload_group_id, class_id, resource, provider_id, price_id, basis,
                             statement_id, month, rate, currency, used, reserved, billable, amount, first_slot,
                             last_slot)
    SELECT DISTINCT ON (line_no) line_no, hub_id, day, workload_group_id, class_id, resource, provider_id, price_id,
           basis, statement_id, month, rate, currency, 0, 0, 0, 0, first_slot, last_slot
    FROM closed_line AS c
    WHERE NOT EXISTS (SELECT FROM target_line AS t WHERE t.line_no = c.line_no)
    ORDER BY line_no, period;
    ANALYZE closed_line;

    CREATE TEMPORARY TABLE rest ON COMMIT DROP AS
    SELECT line_no, row_number() OVER (PARTITION BY line_no
                                       ORDER BY min(first_slot), unit_id, person_id, institution_id, month, group_id,
                                                rule)
               AS sequence,
           institution_id, unit_id, person_id, group_id, rule, month,
           (array_agg(reason ORDER BY sign DESC))[1] AS reason,
           (array_agg(weight_ppm ORDER BY sign DESC))[1] AS weight_ppm,
           sum(sign * used) AS used, sum(sign * reserved) AS reserved, sum(sign * billable) AS billable,
           sum(sign * amount) AS amount, min(first_slot) AS first_slot, max(last_slot) AS last_slot
    FROM (SELECT 1 AS sign, line_no, institution_id, unit_id, person_id, group_id, rule, reason, month, weight_ppm,
                 used, reserved, billable, amount, first_slot, last_slot
          FROM target_share
          WHERE line_no IN (SELECT line_no FROM closed_line)
          UNION ALL
          SELECT -1, c.line_no, s.institution_id, s.unit_id, s.person_id, s.group_id, s.rule, s.reason, s.month,
                 s.weight_ppm, s.used, s.reserved, s.billable, s.amount, s.first_slot, s.last_slot
          FROM closed_line AS c
          JOIN charge.share AS s
            ON s.hub_id = c.hub_id AND s.day = c.day AND s.line_id = c.line_id AND s.line_month = c.month) AS p
    GROUP BY line_no, institution_id, unit_id, person_id, group_id, rule, month
    HAVING (sum(sign * used), sum(sign * reserved), sum(sign * billable), sum(sign * amount)) <> (0, 0, 0, 0);
    DELETE FROM target_share WHERE line_no IN (SELECT line_no FROM closed_line);
    INSERT INTO target_share (line_no, sequence, institution_id, unit_id, person_id, group_id, rule, reason, month,
                              weight_ppm, used, reserved, billable, amount, first_slot, last_slot)
    SELECT line_no, sequence, institution_id, unit_id, person_id, group_id, rule, reason, month, weight_ppm, used,
           reserved, billable, amount, first_slot, last_slot
    FROM rest;

    UPDATE target_line AS t
    SET used = t.used - c.used, reserved = t.reserved - c.reserved, billable = t.billable - c.billable,
        amount = t.amount - c.amount, first_slot = least(t.first_slot, c.first_slot),
        last_slot = greatest(t.last_slot, c.last_slot), period = c.next_period
    FROM (SELECT line_no, sum(used) AS used, sum(reserved) AS reserved, sum(billable) AS billable,
                 sum(amount) AS amount, min(first_slot) AS first_slot, max(last_slot) AS last_slot,
                 (max(period) + interval '1 month')::date AS next_period
          FROM closed_line GROUP BY line_no) AS c
    WHERE t.line_no = c.line_no;
    DELETE FROM target_line AS t
    WHERE t.line_no IN (SELECT line_no FROM closed_line)
      AND NOT EXISTS (SELECT FROM target_share AS s WHERE s.line_no = t.line_no);
END
$$;
COMMENT ON FUNCTION charge.subtract_closed(bigint[]) IS 'Take those charge lines and their shares off pg_temp.target_line and target_share; target_line.period is the first period that no line of the same key stands in';

GRANT EXECUTE ON FUNCTION charge.subtract_closed(bigint[]) TO hm_owner; -- a part of rating
