-- A month of a fee is a charge line of its own, with one share. A month is looked at again when a day of one
-- of its hubs changed since, and the current month, which is not over.
CREATE FUNCTION charge.rate_fees()
    RETURNS TABLE (added bigint, changed bigint, removed bigint, unchanged bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
    SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    run bigint := charge.current_run();
    m record;
    line bigint;
BEGIN
    added := 0; changed := 0; removed := 0; unchanged := 0;
    IF NOT EXISTS (SELECT FROM price.fee) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO usage.hub (hub_id, name) OVERRIDING SYSTEM VALUE VALUES (0, '(shared)') ON CONFLICT DO NOTHING;
    INSERT INTO usage.resource_class (name) VALUES ('') ON CONFLICT DO NOTHING;
    FOR m IN
        SELECT f.*, i.currency, k.month::date AS month, o.users AS old_users, o.amount AS old_amount, c.users,
               CASE f.kind
                   WHEN 'membership'
                   THEN round(f.annual_fee * c.number / 12, 9) - round(f.annual_fee * (c.number - 1) / 12, 9)
                   ELSE price.graduated(f.fee_id, c.users)
                        - price.graduated(f.fee_id, least(c.users, coalesce(f.included_users, 0)))
               END AS amount
        FROM price.fee AS f
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL generate_series(
            f.first_month, least(f.last_month, date_trunc('month', now() AT TIME ZONE 'UTC')),
            interval '1 month') AS k (month)
        LEFT JOIN price.fee_month AS o ON o.fee_id = f.fee_id AND o.month = k.month
        CROSS JOIN LATERAL (
            SELECT CASE f.kind WHEN 'active users' THEN price.active_users(f.fee_id, k.month::date) ELSE 0 END AS users,
                   (extract(year FROM age(k.month, f.first_month)) * 12
                    + extract(month FROM age(k.month, f.first_month)))::integer % 12 + 1 AS number
        ) AS c
        WHERE o.month IS NULL OR f.kind = 'membership' OR k.month = date_trunc('month', now() AT TIME ZONE 'UTC')
           OR EXISTS (SELECT FROM price.fee_hub AS b
                      JOIN usage.hub AS h ON h.name = b.hub
                      JOIN charge.run_day AS d USING (hub_id)
                      WHERE b.fee_id = f.fee_id AND d.day >= k.month AND d.day < k.month + interval '1 month'
                        AND d.rated_at > o.computed_at)
        ORDER BY f.fee_id, k.month
    LOOP
        PERFORM charge.ensure_month(m.month);
        INSERT INTO charge.workload_group (hub_id, username, server_name, tag, kind)
        VALUES (0, '', '', format('(fee %s)', m.code), 0) ON CONFLICT DO NOTHING;
        SELECT l.line_id INTO line
        FROM charge.line AS l
        JOIN charge.workload_group AS g USING (workload_group_id)
        WHERE l.hub_id = 0 AND l.day = m.month AND l.month = m.month AND l.basis = 'fee'
          AND l.provider_id = m.institution_id AND g.tag = format('(fee %s)', m.code);
        IF line IS NOT NULL AND (m.old_users, m.old_amount) IS NOT DISTINCT FROM (m.users, m.amount)
           AND EXISTS (SELECT FROM charge.share AS s
                       WHERE s.hub_id = 0 AND s.day = m.month AND s.line_id = line
                         AND s.unit_id IS NOT DISTINCT FROM m.unit_id) THEN
            unchanged := unchanged + 1;
            UPDATE price.fee_month SET computed_at = now() WHERE fee_id = m.fee_id AND month = m.month;
            CONTINUE;
        END IF;
        IF line IS NULL THEN
            added := added + 1;
            line := nextval('charge.line_id');
            INSERT INTO charge.line (line_id, used, reserved, billable, first_slot, last_slot, month, period, hub_id,
                                     day, workload_group_id, class_id, provider_id, resource, basis, amount, currency)
            SELECT line, m.users, 0, m.users, m.month AT TIME ZONE 'UTC', m.month AT TIME ZONE 'UTC', m.month, m.month,
                   0, m.month, g.workload_group_id, c.class_id, m.institution_id, m.kind, 'fee', m.amount, m.currency
            FROM charge.workload_group AS g, usage.resource_class AS c
            WHERE g.hub_id = 0 AND g.tag = format('(fee %s)', m.code) AND c.name = '';
        ELSE
            changed := changed + 1;
            UPDATE charge.line AS l SET used = m.users, billable = m.users, amount = m.amount
            WHERE l.line_id = line AND l.month = m.month;
            DELETE FROM charge.share AS s WHERE s.hub_id = 0 AND s.day = m.month AND s.line_id = line;
        END IF;
        INSERT INTO charge.share (line_id, used, reserved, billable, first_slot, last_slot, month, line_month, hub_id,
                                  day, workload_group_id, institution_id, unit_id, weight_ppm, sequence, rule, reason,
                                  resource, basis, amount, currency)
        SELECT l.line_id, l.used, 0, l.billable, l.first_slot, l.last_slot, l.month, l.month, 0, l.day,
               l.workload_group_id, coalesce(u.institution_id, m.institution_id), m.unit_id, 1000000, 1,
               CASE WHEN m.unit_id IS NULL THEN 'suspense' ELSE 'fixed' END,
               CASE WHEN m.unit_id IS NULL THEN 'fee without department' END, l.resource, 'fee', l.amount, l.currency
        FROM charge.line AS l
        LEFT JOIN org.unit AS u ON u.unit_id = m.unit_id
        WHERE l.line_id = line AND l.month = m.month;
        INSERT INTO price.fee_month AS o (fee_id, month, users, amount) VALUES (m.fee_id, m.month, m.users, m.amount)
        ON CONFLICT (fee_id, month) DO UPDATE
           SET users = excluded.users, amount = excluded.amount, computed_at = now();
        INSERT INTO charge.run_day AS d (run_id, hub_id, day, added, changed, removed, rated_in)
        VALUES (run, 0, m.month, (m.old_amount IS NULL)::integer, (m.old_amount IS NOT NULL)::integer, 0, run)
        ON CONFLICT (run_id, hub_id, day) DO UPDATE
           SET added = d.added + excluded.added, changed = d.changed + excluded.changed, rated_at = now();
        INSERT INTO charge.run_total AS t (run_id, hub_id, day, institution_id, month, currency, before, after)
        VALUES (run, 0, m.month, m.institution_id, m.month, m.currency, coalesce(m.old_amount, 0), m.amount)
        ON CONFLICT (run_id, hub_id, day, institution_id, month, currency) DO UPDATE
           SET before = t.before + excluded.before, after = t.after + excluded.after;
    END LOOP;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION charge.rate_fees() IS 'Bring the charges of fees up to date, in the current run (charge.begin_run); returns how many lines were added, changed, removed and left alone. Call it in a transaction that holds LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE';

GRANT EXECUTE ON FUNCTION charge.rate_fees() TO hm_rater;
