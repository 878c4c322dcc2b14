-- A month of a fee is a charge line of its own, with one share. A month is looked at again when a day of one
-- of its hubs changed since, and the current month, which is not over. A month that the fee has not any more,
-- because its first or last month was corrected, has no line.
CREATE FUNCTION charge.rate_fees()
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
    SET client_min_messages = warning AS $$
#variable_conflict use_column
BEGIN
    added := 0; changed := 0; removed := 0; unchanged := 0;
    IF NOT EXISTS (SELECT FROM price.fee) THEN
        DELETE FROM charge.run WHERE run_id = charge.current_run();
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO usage.hub (hub_id, name) OVERRIDING SYSTEM VALUE VALUES (0, '(shared)') ON CONFLICT DO NOTHING;
    INSERT INTO usage.resource_class (name) VALUES ('') ON CONFLICT DO NOTHING;
    INSERT INTO charge.workload_group (hub_id, username, server_name, tag, kind)
    SELECT 0, '', '', format('(fee %s)', code), 0 FROM price.fee ON CONFLICT DO NOTHING;

    DROP TABLE IF EXISTS pg_temp.due, pg_temp.target_line, pg_temp.target_share;
    CREATE TEMPORARY TABLE due ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY f.fee_id, k.month) AS line_no, f.fee_id, f.kind, f.institution_id, f.unit_id,
           i.currency, k.month::date AS month, g.workload_group_id, c.users,
           CASE f.kind
               WHEN 'membership'
               THEN round(f.annual_fee * c.number / 12, 9) - round(f.annual_fee * (c.number - 1) / 12, 9)
               ELSE price.graduated(f.fee_id, c.users)
                    - price.graduated(f.fee_id, least(c.users, coalesce(f.included_users, 0)))
           END AS amount
    FROM price.fee AS f
    JOIN org.institution AS i USING (institution_id)
    JOIN charge.workload_group AS g ON g.hub_id = 0 AND g.tag = format('(fee %s)', f.code)
    CROSS JOIN LATERAL generate_series(
        f.first_month, least(f.last_month, date_trunc('month', now() AT TIME ZONE 'UTC')),
        interval '1 month') AS k (month)
    LEFT JOIN price.fee_month AS o ON o.fee_id = f.fee_id AND o.month = k.month
    CROSS JOIN LATERAL (
        SELECT CASE f.kind WHEN 'active users' THEN price.active_users(f.fee_id, k.month::date) ELSE 0 END AS users,
               (extract(year FROM age(k.month, f.first_month)) * 12
                + extract(month FROM age(k.month, f.first_month)))::integer % 12 + 1 AS number
    ) AS c
    WHERE f.kind = 'membership' OR k.month = date_trunc('month', now() AT TIME ZONE 'UTC')
       OR charge.fee_waits(f.fee_id, k.month::date, o.computed_at);

    CREATE TEMPORARY TABLE target_line ON COMMIT DROP AS
    SELECT d.line_no, NULL::bigint AS line_id, 0 AS hub_id, d.month AS day, d.workload_group_id, c.class_id,
           d.kind AS resource, d.institution_id AS provider_id, NULL::integer AS price_id, 'fee' AS basis,
           NULL::integer AS statement_id, d.month, NULL::date AS period, NULL::numeric AS rate, d.currency,
           d.users::numeric AS used, 0::numeric AS reserved, d.users::numeric AS billable, d.amount,
           d.month AT TIME ZONE 'UTC' AS first_slot, d.month AT TIME ZONE 'UTC' AS last_slot
    FROM due AS d, usage.resource_class AS c
    WHERE c.name = '';
    CREATE TEMPORARY TABLE target_share ON COMMIT DROP AS
    SELECT d.line_no, 1::bigint AS sequence, coalesce(u.institution_id, d.institution_id) AS institution_id, d.unit_id,
           NULL::integer AS person_id, NULL::integer AS group_id,
           CASE WHEN d.unit_id IS NULL THEN 'suspense' ELSE 'fixed' END AS rule,
           CASE WHEN d.unit_id IS NULL THEN 'fee without department' END AS reason, d.month, NULL::date AS period,
           1000000 AS weight_ppm, l.used, l.reserved, l.billable, l.amount, l.first_slot, l.last_slot
    FROM due AS d
    JOIN target_line AS l USING (line_no)
    LEFT JOIN org.unit AS u ON u.unit_id = d.unit_id;

    UPDATE price.fee_month AS o SET users = 0, amount = 0, computed_at = now()
    FROM price.fee AS f
    WHERE f.fee_id = o.fee_id AND (o.month < f.first_month OR o.month > f.last_month);
    PERFORM charge.ensure_month(m.month) FROM (SELECT DISTINCT month FROM due) AS m;
    INSERT INTO price.fee_month AS o (fee_id, month, users, amount)
    SELECT fee_id, month, users, amount FROM due
    ON CONFLICT (fee_id, month) DO UPDATE
       SET users = excluded.users, amount = excluded.amount, computed_at = now();
    SELECT w.added, w.changed, w.removed, w.unchanged INTO added, changed, removed, unchanged
    FROM charge.write_target(ARRAY(
        SELECT l.line_id FROM charge.line AS l
        JOIN (SELECT month, workload_group_id, institution_id FROM due
              UNION ALL
              SELECT o.month, g.workload_group_id, f.institution_id
              FROM price.fee AS f
              JOIN price.fee_month AS o ON o.fee_id = f.fee_id AND (o.month < f.first_month OR o.month > f.last_month)
              JOIN charge.workload_group AS g ON g.hub_id = 0 AND g.tag = format('(fee %s)', f.code)) AS d
          ON (d.month, d.month, d.workload_group_id, d.institution_id)
           = (l.month, l.day, l.workload_group_id, l.provider_id)
        WHERE l.hub_id = 0 AND l.basis = 'fee')) AS w;
    RETURN NEXT;
    -- That they were looked at is worth keeping, a run that changed nothing is not.
    IF added + changed + removed = 0 THEN
        DELETE FROM charge.run WHERE run_id = charge.current_run();
    END IF;
END
$$;
COMMENT ON FUNCTION charge.rate_fees() IS 'Bring the charges of fees up to date, in the current run (charge.begin_run); returns how many lines were added, changed, removed and left alone; where that is none, the run is forgotten. Call it in a transaction that holds LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE';

GRANT EXECUTE ON FUNCTION charge.rate_fees() TO hm_rater;
