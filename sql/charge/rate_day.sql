-- The day is cut into segments wherever any answer changes: a home department, the owner of a hub, a
-- price, the month of a calendar. Most days are one segment. Within a segment every question has one
-- answer, the one at its start; segments with the same answers become one line.
CREATE FUNCTION charge.rate_day(of_hub integer, of_day date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    day_start timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    day_end timestamptz := (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    slot interval := usage.slot_length();
    first_month date := date_trunc('month', of_day - interval '1 day');
    last_month date := date_trunc('month', of_day + interval '1 day');
    hub_name text;
    old_class integer[];
    old_resource text[];
    old_used numeric[];
    old_reserved numeric[];
    old_billable numeric[];
    missing text;
    lines bigint;
BEGIN
    SELECT name INTO hub_name FROM usage.hub WHERE hub_id = of_hub;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hub with id %', of_hub USING ERRCODE = 'no_data_found';
    END IF;

    -- First the mark, then the usage: what arrives in between marks the day again.
    DELETE FROM ingest.dirty_day WHERE hub_id = of_hub AND day = of_day;
    DELETE FROM charge.failed_day WHERE hub_id = of_hub AND day = of_day;

    -- A calendar west or east of UTC puts parts of the day on the day before or after.
    PERFORM charge.ensure_month(of_day - 1), charge.ensure_month(of_day + 1);
    WITH gone AS (
        DELETE FROM charge.line
        WHERE hub_id = of_hub AND day = of_day AND month BETWEEN first_month AND last_month
        RETURNING class_id, resource, used, reserved, billable
    )
    SELECT array_agg(t.class_id), array_agg(t.resource), array_agg(t.used), array_agg(t.reserved),
           array_agg(t.billable)
    INTO old_class, old_resource, old_used, old_reserved, old_billable
    FROM (SELECT class_id, resource,
                 sum(used) AS used, sum(reserved) AS reserved, sum(billable) AS billable
          FROM gone GROUP BY class_id, resource) AS t;

    WITH boundary (starts) AS (
        SELECT day_start
        UNION
        SELECT lower(valid) FROM org.membership WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.membership WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.hub_owner WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.hub_owner WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM price.book WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM price.book WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT s.starts
        FROM (SELECT DISTINCT time_zone FROM org.institution) AS z
        CROSS JOIN generate_series(day_start, day_end - slot, slot) AS s (starts)
        WHERE charge.month(s.starts, z.time_zone) <> charge.month(s.starts - slot, z.time_zone)
    ),
    segment AS MATERIALIZED (
        SELECT c.starts, p.institution_id AS provider_id, p.currency
        FROM boundary AS c
        LEFT JOIN org.hub_owner AS o ON o.hub = hub_name AND o.valid @> c.starts
        JOIN org.institution AS p ON p.institution_id = coalesce(o.institution_id, 0)
    ),
    slot_segment AS MATERIALIZED (
        SELECT s.slot_start, max(c.starts) AS starts
        FROM generate_series(day_start, day_end - slot, slot) AS s (slot_start)
        JOIN boundary AS c ON c.starts <= s.slot_start
        GROUP BY s.slot_start
    ),
    -- The price of each class: its own row of the book, else the row for any class.
    tariff AS MATERIALIZED (
        SELECT DISTINCT ON (p.starts, c.class_id, b.resource)
               p.starts, c.class_id, b.resource, b.price_id, b.rate
        FROM segment AS p
        JOIN price.book AS b ON b.institution_id = p.provider_id AND b.valid @> p.starts
        JOIN usage.resource_class AS c ON c.name = b.class OR b.class IS NULL
        ORDER BY p.starts, c.class_id, b.resource, b.class NULLS LAST
    ),
    measured AS MATERIALIZED (
        SELECT p.starts,
               w.username,
               s.class_id,
               min(s.slot_start) AS first_slot,
               max(s.slot_start) AS last_slot,
               sum(s.cpu_used_usec) AS cpu_used,
               sum(s.cpu_reserved_usec) AS cpu_reserved,
               sum(s.cpu_billable_usec) AS cpu_billable,
               sum(s.memory_used_mib_sec) AS memory_used,
               sum(s.memory_reserved_mib_sec) AS memory_reserved,
               sum(s.memory_billable_mib_sec) AS memory_billable,
               sum(s.gpu_used_msec) AS gpu_used,
               sum(s.gpu_reserved_msec) AS gpu_reserved,
               sum(s.gpu_billable_msec) AS gpu_billable,
               sum(s.storage_mib_sec) AS storage,
               sum(s.net_rx_bytes) AS net_rx,
               sum(s.net_tx_bytes) AS net_tx
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        JOIN usage.node AS n USING (node_id)
        JOIN slot_segment AS p USING (slot_start)
        WHERE n.hub_id = of_hub
          AND s.slot_start >= day_start
          AND s.slot_start < day_end
        GROUP BY p.starts, w.username, s.class_id
    ),
    -- Who pays: the home department of the person the hub calls so, else suspense.
    attributed AS (
        SELECT u.*,
               p.provider_id,
               p.currency,
               a.person_id,
               d.unit_id,
               i.institution_id,
               charge.month(u.starts, i.time_zone) AS month,
               CASE WHEN d.unit_id IS NULL THEN 'suspense' ELSE 'home' END AS rule,
               CASE WHEN d.unit_id IS NOT NULL THEN NULL
                    WHEN u.username = '' THEN 'no user yet'
                    WHEN a.person_id IS NULL THEN 'no alias'
                    ELSE 'no membership'
               END AS reason
        FROM measured AS u
        JOIN segment AS p USING (starts)
        LEFT JOIN org.alias AS a ON a.hub = hub_name AND a.username = u.username
        LEFT JOIN org.membership AS m ON m.person_id = a.person_id AND m.home AND m.valid @> u.starts
        LEFT JOIN org.unit AS d ON d.unit_id = m.unit_id
        JOIN org.institution AS i ON i.institution_id = coalesce(d.institution_id, p.provider_id)
    )
    INSERT INTO charge.line
           (hub_id, day, institution_id, month, unit_id, person_id, username, class_id, resource,
            used, reserved, billable, provider_id, price_id, rate, amount, currency, rule, reason,
            first_slot, last_slot)
    SELECT of_hub, of_day, u.institution_id, u.month, u.unit_id, u.person_id, u.username, u.class_id,
           q.resource,
           sum(q.used), sum(q.reserved), sum(q.billable),
           u.provider_id, t.price_id, t.rate,
           coalesce(charge.amount(sum(q.billable), t.rate, r.base_units), 0),
           u.currency, u.rule, u.reason,
           min(u.first_slot), max(u.last_slot)
    FROM attributed AS u
    CROSS JOIN LATERAL usage.by_resource(
        u.cpu_used, u.cpu_reserved, u.cpu_billable,
        u.memory_used, u.memory_reserved, u.memory_billable,
        u.gpu_used, u.gpu_reserved, u.gpu_billable,
        u.storage, u.net_rx, u.net_tx) AS q
    JOIN price.resource AS r ON r.code = q.resource
    LEFT JOIN tariff AS t
           ON t.starts = u.starts AND t.class_id = u.class_id AND t.resource = q.resource
    GROUP BY u.institution_id, u.month, u.unit_id, u.person_id, u.username, u.class_id, q.resource,
             u.provider_id, t.price_id, t.rate, r.base_units, u.currency, u.rule, u.reason;
    GET DIAGNOSTICS lines = ROW_COUNT;

    -- Usage only ever grows: where less is left than was charged, slots were dropped since.
    SELECT format('%s of %s %s are left', greatest(n.billable, n.used, 0),
                  greatest(o.billable, o.used), r.quantity_unit)
    INTO missing
    FROM unnest(old_class, old_resource, old_used, old_reserved, old_billable)
         AS o (class_id, resource, used, reserved, billable)
    LEFT JOIN (SELECT class_id, resource,
                      sum(used) AS used, sum(reserved) AS reserved, sum(billable) AS billable
               FROM charge.line
               WHERE hub_id = of_hub AND day = of_day AND month BETWEEN first_month AND last_month
               GROUP BY class_id, resource) AS n USING (class_id, resource)
    JOIN price.resource AS r ON r.code = o.resource
    WHERE coalesce(n.used, 0) < o.used
       OR coalesce(n.reserved, 0) < o.reserved
       OR coalesce(n.billable, 0) < o.billable
    ORDER BY r.ordinal
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the day has charges, but its usage is gone: %', missing
            USING ERRCODE = 'HM002',
                  HINT = 'The charges stay as they are; restore the month of usage.slot, or take the day off ingest.dirty_day.';
    END IF;
    RETURN lines;
END
$$;
COMMENT ON FUNCTION charge.rate_day(integer, date) IS 'Write the charge lines of a UTC day of a hub anew; returns how many. Call it in a REPEATABLE READ transaction of its own, that holds LOCK TABLE charge.failed_day IN SHARE ROW EXCLUSIVE MODE. HM002: the day has charges for more usage than there is left';

GRANT EXECUTE ON FUNCTION charge.rate_day(integer, date) TO hm_rater;
