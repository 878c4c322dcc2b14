SET LOCAL ROLE hm_owner;

-- Partitioned by the month of the institution's calendar, which is what reports ask for.
CREATE TABLE charge.line (
    hub_id integer NOT NULL,
    day date NOT NULL,
    institution_id integer NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    unit_id integer,
    person_id integer,
    username text NOT NULL,
    class_id integer NOT NULL,
    resource text NOT NULL,
    used bigint NOT NULL,
    reserved bigint NOT NULL,
    billable bigint NOT NULL,
    provider_id integer NOT NULL,
    price_id integer,
    rate numeric(23,13),
    amount numeric(20,9) NOT NULL,
    currency text NOT NULL,
    rule text NOT NULL,
    reason text,
    first_slot timestamptz NOT NULL,
    last_slot timestamptz NOT NULL,
    -- Also the last guard against two ratings of one day at once.
    CONSTRAINT line_once UNIQUE NULLS NOT DISTINCT
        (hub_id, day, institution_id, month, unit_id, person_id, username, class_id, resource,
         provider_id, price_id),
    CHECK (CASE rule WHEN 'home' THEN unit_id IS NOT NULL AND person_id IS NOT NULL AND reason IS NULL
                     WHEN 'suspense' THEN unit_id IS NULL
                          AND reason IN ('no user yet', 'no alias', 'no membership')
                     ELSE false END),
    CHECK ((price_id IS NULL) = (rate IS NULL)),
    CHECK (price_id IS NOT NULL OR amount = 0)
) PARTITION BY RANGE (month);
COMMENT ON TABLE charge.line IS 'Priced usage: one line per hub-day, month, department, person, user, class, resource and price. Rating a hub-day writes its lines anew';
COMMENT ON COLUMN charge.line.day IS 'UTC day of the usage';
COMMENT ON COLUMN charge.line.institution_id IS 'Who is charged: the department''s institution, in suspense the owner of the hub';
COMMENT ON COLUMN charge.line.month IS 'First day of the month the usage falls in, in the calendar of the institution charged';
COMMENT ON COLUMN charge.line.unit_id IS 'The department; null in suspense';
COMMENT ON COLUMN charge.line.person_id IS 'Who used it; null if the user name is nobody''s yet';
COMMENT ON COLUMN charge.line.username IS 'As the hub spells it; empty if it is not known yet';
COMMENT ON COLUMN charge.line.used IS 'Consumed, in the quantity unit of the resource';
COMMENT ON COLUMN charge.line.reserved IS 'Requested or guaranteed, in the quantity unit of the resource; 0 where nothing can be';
COMMENT ON COLUMN charge.line.billable IS 'The greater of the two, taken per sample, in the quantity unit of the resource';
COMMENT ON COLUMN charge.line.provider_id IS 'Institution that owns the hub: its price book and currency hold';
COMMENT ON COLUMN charge.line.price_id IS 'The row of the price book; null if there is no price';
COMMENT ON COLUMN charge.line.rate IS 'Its rate as it was: currency per priced unit of the resource';
COMMENT ON COLUMN charge.line.amount IS 'billable x rate / base units, rounded once, to nano-units of the currency; 0 without a price';
COMMENT ON COLUMN charge.line.currency IS 'ISO 4217 code';
COMMENT ON COLUMN charge.line.rule IS 'Why this department: home (the person''s home department) or suspense';
COMMENT ON COLUMN charge.line.reason IS 'Why suspense: no user yet, no alias or no membership';
COMMENT ON COLUMN charge.line.first_slot IS 'Start of the first slot in which this user used this class of machine under this answer (UTC)';
COMMENT ON COLUMN charge.line.last_slot IS 'Start of the last such slot (UTC)';

-- Made first and attached then: locks out nobody who rates or reads other months.
CREATE FUNCTION charge.ensure_month(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month::timestamp);
    after date := first + interval '1 month';
    partition text := to_char(first, '"line"_YYYY_MM');
BEGIN
    IF to_regclass('charge.' || partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('charge.ensure_month'));
    IF to_regclass('charge.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE charge.%I (LIKE charge.line INCLUDING ALL)', partition);
        EXECUTE format('ALTER TABLE charge.line ATTACH PARTITION charge.%I FOR VALUES FROM (%L) TO (%L)',
                       partition, first, after);
    END IF;
END
$$;
COMMENT ON FUNCTION charge.ensure_month(date) IS 'Make the partition of the month that holds the day, where missing';

-- Half a nano-unit rounds away from zero. Integer division throughout: a numeric quotient would be
-- rounded to its own number of digits first, and the amount then twice.
CREATE FUNCTION charge.amount(billable numeric, rate numeric, base_units bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN div(2 * billable * rate * 1000000000 + base_units, 2 * base_units::numeric) * 0.000000001;
COMMENT ON FUNCTION charge.amount(numeric, numeric, bigint) IS 'round(billable * rate / base_units, 9), rounded once; nothing may be negative';

CREATE FUNCTION charge.month(instant timestamptz, time_zone text) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN date_trunc('month', instant AT TIME ZONE time_zone)::date;
COMMENT ON FUNCTION charge.month(timestamptz, text) IS 'First day of the month the instant falls in, in that time zone';

-- The day is cut into pieces wherever any answer changes: a home department, the owner of a hub, a
-- price, the month of a calendar. Most days are one piece. Within a piece every question has one
-- answer, the one at its start; pieces with the same answers become one line.
CREATE FUNCTION charge.rate_day(of_hub integer, of_day date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    day_start timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    day_end timestamptz := (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    slot interval := interval '15 minutes';
    hub_name text;
    lines bigint;
BEGIN
    SELECT name INTO hub_name FROM usage.hub WHERE hub_id = of_hub;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hub with id %', of_hub USING ERRCODE = 'no_data_found';
    END IF;

    -- First the mark, then the usage: what arrives in between marks the day again.
    DELETE FROM ingest.dirty_day WHERE hub_id = of_hub AND day = of_day;

    -- A calendar west or east of UTC puts parts of the day on the day before or after.
    PERFORM charge.ensure_month(of_day - 1), charge.ensure_month(of_day + 1);
    DELETE FROM charge.line
    WHERE hub_id = of_hub
      AND day = of_day
      AND month BETWEEN date_trunc('month', of_day - interval '1 day')::date
                    AND date_trunc('month', of_day + interval '1 day')::date;

    WITH cut (starts) AS (
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
    piece AS MATERIALIZED (
        SELECT c.starts, p.institution_id AS provider_id, p.currency
        FROM cut AS c
        LEFT JOIN org.hub_owner AS o ON o.hub = hub_name AND o.valid @> c.starts
        JOIN org.institution AS p ON p.institution_id = coalesce(o.institution_id, 0)
    ),
    slot_piece AS MATERIALIZED (
        SELECT s.slot_start, max(c.starts) AS starts
        FROM generate_series(day_start, day_end - slot, slot) AS s (slot_start)
        JOIN cut AS c ON c.starts <= s.slot_start
        GROUP BY s.slot_start
    ),
    -- The price of each class: its own row of the book, else the row for any class.
    tariff AS MATERIALIZED (
        SELECT DISTINCT ON (p.starts, c.class_id, b.resource)
               p.starts, c.class_id, b.resource, b.price_id, b.rate
        FROM piece AS p
        JOIN price.book AS b ON b.institution_id = p.provider_id AND b.valid @> p.starts
        JOIN usage.resource_class AS c ON c.name = b.class OR b.class IS NULL
        ORDER BY p.starts, c.class_id, b.resource, b.class NULLS LAST
    ),
    measured AS MATERIALIZED (
        SELECT p.starts,
               w.username,
               s.class_id,
               min(s.slot_start)              AS first_slot,
               max(s.slot_start)              AS last_slot,
               sum(s.cpu_used_usec)           AS cpu_used,
               sum(s.cpu_reserved_usec)       AS cpu_reserved,
               sum(s.cpu_billable_usec)       AS cpu_billable,
               sum(s.memory_used_mib_sec)     AS memory_used,
               sum(s.memory_reserved_mib_sec) AS memory_reserved,
               sum(s.memory_billable_mib_sec) AS memory_billable,
               sum(s.gpu_used_msec)           AS gpu_used,
               sum(s.gpu_reserved_msec)       AS gpu_reserved,
               sum(s.gpu_billable_msec)       AS gpu_billable,
               sum(s.storage_mib_sec)         AS storage,
               sum(s.net_rx_bytes)            AS net_rx,
               sum(s.net_tx_bytes)            AS net_tx
        FROM usage.slot AS s
        JOIN usage.workload AS w USING (workload_id)
        JOIN usage.node AS n USING (node_id)
        JOIN slot_piece AS p USING (slot_start)
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
        JOIN piece AS p USING (starts)
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
    CROSS JOIN LATERAL (
        VALUES ('cpu',     u.cpu_used,    u.cpu_reserved,    u.cpu_billable),
               ('memory',  u.memory_used, u.memory_reserved, u.memory_billable),
               ('gpu',     u.gpu_used,    u.gpu_reserved,    u.gpu_billable),
               ('storage', u.storage,     0,                 u.storage),
               ('net_rx',  u.net_rx,      0,                 u.net_rx),
               ('net_tx',  u.net_tx,      0,                 u.net_tx)
    ) AS q (resource, used, reserved, billable)
    JOIN price.resource AS r ON r.code = q.resource
    LEFT JOIN tariff AS t
           ON t.starts = u.starts AND t.class_id = u.class_id AND t.resource = q.resource
    WHERE q.used <> 0 OR q.reserved <> 0 OR q.billable <> 0
    GROUP BY u.institution_id, u.month, u.unit_id, u.person_id, u.username, u.class_id, q.resource,
             u.provider_id, t.price_id, t.rate, r.base_units, u.currency, u.rule, u.reason;
    GET DIAGNOSTICS lines = ROW_COUNT;
    RETURN lines;
END
$$;
COMMENT ON FUNCTION charge.rate_day(integer, date) IS 'Write the charge lines of a UTC day of a hub anew; returns how many. Call it in a REPEATABLE READ transaction of its own, under the advisory lock hubmeter.rate';

CREATE FUNCTION charge.dirty_days() RETURNS TABLE (hub_id integer, day date)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT d.hub_id, d.day FROM ingest.dirty_day AS d ORDER BY d.day, d.hub_id;
    END;
COMMENT ON FUNCTION charge.dirty_days() IS 'UTC days of hubs that wait for rating, oldest first';

-- Days without usage are cheap to rate, so none is looked for: every day between the first and the
-- last usage of the hub is marked.
CREATE FUNCTION charge.mark_dirty(of_hub text, since timestamptz) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO ingest.dirty_day (hub_id, day)
        SELECT h.hub_id, d.day::date
        FROM usage.hub AS h
        CROSS JOIN LATERAL (
            SELECT min(w.first_slot) AS first_usage, max(n.last_window_end) AS last_usage
            FROM usage.node AS n
            JOIN usage.workload AS w USING (node_id)
            WHERE n.hub_id = h.hub_id
        ) AS k
        CROSS JOIN LATERAL generate_series(
            date_trunc('day', greatest(k.first_usage, since) AT TIME ZONE 'UTC'),
            k.last_usage AT TIME ZONE 'UTC',
            interval '1 day') AS d (day)
        WHERE h.name = of_hub;
    END;
COMMENT ON FUNCTION charge.mark_dirty(text, timestamptz) IS 'Have every day of the hub with usage at or after the instant (null: ever) rated again';

GRANT USAGE ON SCHEMA charge TO hm_rater;
GRANT SELECT, INSERT, DELETE ON charge.line TO hm_rater;
GRANT EXECUTE ON FUNCTION charge.ensure_month(date), charge.amount(numeric, numeric, bigint),
                          charge.month(timestamptz, text), charge.rate_day(integer, date),
                          charge.dirty_days(), charge.mark_dirty(text, timestamptz) TO hm_rater;
