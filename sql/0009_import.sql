SET LOCAL ROLE hm_owner;

-- A file arrives as the temporary table import_stage: line number and one text column per column of
-- the format, null where the cell is empty. org.import_check() names every cell that can't stand;
-- org.import_apply() is only called when there is none. Both run with the rights of the importer.

CREATE TABLE org.import_column (
    kind text NOT NULL,
    ordinal integer NOT NULL,
    column_name text NOT NULL,
    required boolean NOT NULL,
    help text NOT NULL,
    PRIMARY KEY (kind, ordinal),
    UNIQUE (kind, column_name)
);
COMMENT ON TABLE org.import_column IS 'The columns of each kind of file that can be imported';
COMMENT ON COLUMN org.import_column.required IS 'Must the header name it? Other columns may be left out';

INSERT INTO org.import_column
       (kind,          ordinal, column_name,   required, help)
VALUES ('org',         1,       'institution', true,     'code of the institution'),
       ('org',         2,       'time_zone',   true,     'IANA name; only where the row declares an institution'),
       ('org',         3,       'currency',    true,     'ISO 4217 code; only where the row declares an institution'),
       ('org',         4,       'unit',        true,     'code of the department the row declares'),
       ('org',         5,       'parent',      false,    'code of the unit it belongs to; empty: none'),
       ('org',         6,       'name',        true,     'name of the institution or department'),
       ('org',         7,       'hub',         false,    'hub that belongs to the institution'),
       ('people',      1,       'person',      true,     'opaque key of the person'),
       ('people',      2,       'name',        true,     'name of the person'),
       ('people',      3,       'hub',         false,    'hub on which the person has a user name'),
       ('people',      4,       'username',    false,    'the user name there'),
       ('memberships', 1,       'person',      true,     'key of the person'),
       ('memberships', 2,       'institution', true,     'code of the institution'),
       ('memberships', 3,       'unit',        true,     'code of the department'),
       ('memberships', 4,       'valid_from',  true,     'date or instant (RFC 3339) from which it holds'),
       ('memberships', 5,       'valid_to',    true,     'date or instant from which it holds no more; empty: open'),
       ('memberships', 6,       'home',        true,     'yes: this department pays; no'),
       ('prices',      1,       'institution', true,     'code of the institution that owns the hubs'),
       ('prices',      2,       'resource',    true,     'cpu, memory, gpu, storage, net_rx or net_tx'),
       ('prices',      3,       'class',       true,     'class of machine; empty: every class without a row of its own'),
       ('prices',      4,       'rate',        true,     'currency per core-hour, GiB-hour, GPU-hour or GiB; up to 13 fraction digits'),
       ('prices',      5,       'market_rate', false,    'what the same costs on the market'),
       ('prices',      6,       'valid_from',  true,     'date or instant (RFC 3339) from which it holds'),
       ('prices',      7,       'valid_to',    true,     'date or instant from which it holds no more; empty: open');

-- ------------------------------------------------------------------------------------------------
-- Cells
-- ------------------------------------------------------------------------------------------------

-- A date is the first instant of that day: where clocks go back over midnight there are two
-- midnights, and the earlier counts.
CREATE FUNCTION org.parse_instant(value text, time_zone text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' AS $$
DECLARE
    midnight timestamptz;
BEGIN
    IF value ~ '^\d{4}-\d\d-\d\d$' THEN
        midnight := value::timestamp AT TIME ZONE time_zone;
        RETURN min(t) FROM generate_series(midnight - interval '3 hours', midnight, interval '15 minutes') AS t
               WHERE t AT TIME ZONE time_zone >= value::timestamp;
    ELSIF value ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)$' THEN
        RETURN value::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION org.parse_instant(text, text) IS 'Instant a cell names: a date (midnight in the time zone) or RFC 3339; null if it is neither';

CREATE FUNCTION org.judge_instant(value text, time_zone text) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN org.parse_instant(value, time_zone) IS NULL
        THEN 'is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'
        WHEN NOT org.on_slot(org.parse_instant(value, time_zone))
        THEN 'boundary ' || value || ' is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'
    END;
COMMENT ON FUNCTION org.judge_instant(text, text) IS 'Why the cell can''t be a boundary; null if it can';

CREATE FUNCTION org.judge_rate(value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN value ~ '^-\d+(\.\d+)?$'        THEN 'must not be negative'
        WHEN value !~ '^\d+(\.\d+)?$'        THEN 'is not a decimal number such as 0.013'
        WHEN value ~ '\.\d{14}'              THEN 'has more than 13 fraction digits'
        WHEN value !~ '^0*\d{1,10}(\.|$)'    THEN 'has more than 10 digits before the point'
    END;
COMMENT ON FUNCTION org.judge_rate(text) IS 'Why the cell can''t be a rate; null if it can';

-- ------------------------------------------------------------------------------------------------
-- org: institutions, departments, owners of hubs
-- ------------------------------------------------------------------------------------------------

CREATE FUNCTION org.check_org()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- What the row may and must say.
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN s.institution ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL AND i.code IS NULL
                         AND NOT EXISTS (SELECT FROM import_stage AS d
                                         WHERE d.institution = s.institution AND d.unit IS NULL AND d.hub IS NULL)
                    THEN 'unknown institution: no row of the file declares it' END),
               ('time_zone', s.time_zone, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.time_zone IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.time_zone IS NULL THEN 'is required for an institution'
                    WHEN s.time_zone NOT IN (SELECT name FROM pg_timezone_names) THEN 'unknown time zone'
                    WHEN s.time_zone <> i.time_zone AND org.in_use(i.institution_id)
                    THEN 'can''t change from ' || i.time_zone || ': the institution has prices or members' END),
               ('currency', s.currency, CASE
                    WHEN coalesce(s.unit, s.hub) IS NOT NULL THEN
                        CASE WHEN s.currency IS NOT NULL THEN 'belongs in the row of the institution' END
                    WHEN s.currency IS NULL THEN 'is required for an institution'
                    WHEN s.currency !~ '^[A-Z]{3}$' THEN 'is not an ISO 4217 code: three capital letters'
                    WHEN s.currency <> i.currency AND org.in_use(i.institution_id)
                    THEN 'can''t change from ' || i.currency || ': the institution has prices or members' END),
               ('unit', s.unit, CASE
                    WHEN s.unit ~ '^\(' THEN 'codes in parentheses are reserved'
                    WHEN s.unit IS NOT NULL AND s.hub IS NOT NULL
                    THEN 'a row declares either a department or a hub, not both' END),
               ('parent', s.parent, CASE
                    WHEN s.parent IS NULL THEN NULL
                    WHEN s.unit IS NULL THEN 'only a department has a parent'
                    WHEN s.parent = s.unit THEN 'a department can''t belong to itself'
                    WHEN NOT EXISTS (SELECT FROM import_stage AS d
                                     WHERE d.institution = s.institution AND d.unit = s.parent)
                         AND NOT EXISTS (SELECT FROM org.unit AS u
                                         WHERE u.institution_id = i.institution_id AND u.code = s.parent)
                    THEN 'unknown department of ' || s.institution END),
               ('name', s.name, CASE
                    WHEN s.name IS NULL AND s.hub IS NULL THEN 'is required' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;

    -- One row per thing.
    RETURN QUERY
    SELECT s.line, s.column_name, s.value, 'is already in line ' || s.first
    FROM (SELECT line,
                 CASE WHEN hub IS NOT NULL THEN 'hub' WHEN unit IS NOT NULL THEN 'unit' ELSE 'institution' END
                                                                 AS column_name,
                 coalesce(hub, unit, institution)                AS value,
                 min(line) OVER (PARTITION BY hub, CASE WHEN hub IS NULL THEN institution END, unit) AS first
          FROM import_stage WHERE institution IS NOT NULL) AS s
    WHERE s.line > s.first;

    -- No department below itself, neither within the file nor through what is stored.
    RETURN QUERY
    WITH RECURSIVE edge (institution, unit, parent) AS (
        SELECT institution, unit, parent FROM import_stage WHERE unit IS NOT NULL
        UNION
        SELECT i.code, u.code, p.code
        FROM org.unit_parent AS e
        JOIN org.unit AS u ON u.unit_id = e.unit_id
        JOIN org.unit AS p ON p.unit_id = e.parent_id
        JOIN org.institution AS i ON i.institution_id = u.institution_id
        WHERE upper_inf(e.valid)
          AND NOT EXISTS (SELECT FROM import_stage AS s WHERE s.institution = i.code AND s.unit = u.code)
    ),
    above (line, institution, unit, ancestor) AS (
        SELECT line, institution, unit, parent FROM import_stage WHERE parent <> unit
        UNION
        SELECT a.line, a.institution, a.unit, e.parent
        FROM above AS a
        JOIN edge AS e ON e.institution = a.institution AND e.unit = a.ancestor
        WHERE a.ancestor <> a.unit AND e.parent IS NOT NULL
    )
    SELECT a.line, 'parent', s.parent, 'the department would belong to itself'
    FROM above AS a JOIN import_stage AS s USING (line)
    WHERE a.ancestor = a.unit;
END
$$;
COMMENT ON FUNCTION org.check_org() IS 'org.import_check for the kind org';

-- Where a parent or owner changes, the old one holds up to the current slot, the new one from there.
-- The first one holds from ever, so that usage that came before the import is charged as well.
CREATE FUNCTION org.apply_org() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_slot timestamptz := date_bin('15 minutes', now(), '2000-01-01 00:00Z');
    changed bigint := 0;
    n bigint;
    calendars bigint;
BEGIN
    SELECT count(*) INTO calendars
    FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
    WHERE s.unit IS NULL AND s.hub IS NULL
      AND (s.time_zone, s.currency) IS DISTINCT FROM (i.time_zone, i.currency);

    INSERT INTO org.institution AS i (code, name, time_zone, currency)
    SELECT institution, name, time_zone, currency
    FROM import_stage WHERE unit IS NULL AND hub IS NULL
    ORDER BY line
    ON CONFLICT (code) DO UPDATE
       SET name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency
     WHERE (i.name, i.time_zone, i.currency)
           IS DISTINCT FROM (excluded.name, excluded.time_zone, excluded.currency);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    INSERT INTO org.unit AS u (institution_id, code, name)
    SELECT i.institution_id, s.unit, s.name
    FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
    WHERE s.unit IS NOT NULL
    ORDER BY s.line
    ON CONFLICT (institution_id, code) DO UPDATE SET name = excluded.name
     WHERE u.name IS DISTINCT FROM excluded.name;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    CREATE TEMPORARY TABLE wanted_parent ON COMMIT DROP AS
    SELECT u.institution_id, u.unit_id, p.unit_id AS parent_id
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    LEFT JOIN org.unit AS p ON p.institution_id = i.institution_id AND p.code = s.parent;

    DELETE FROM org.unit_parent AS e USING wanted_parent AS w
    WHERE e.unit_id = w.unit_id AND upper_inf(e.valid) AND lower(e.valid) = this_slot
      AND e.parent_id IS DISTINCT FROM w.parent_id;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    UPDATE org.unit_parent AS e SET valid = tstzrange(lower(e.valid), this_slot)
    FROM wanted_parent AS w
    WHERE e.unit_id = w.unit_id AND upper_inf(e.valid) AND e.parent_id IS DISTINCT FROM w.parent_id;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    INSERT INTO org.unit_parent (institution_id, unit_id, parent_id, valid)
    SELECT w.institution_id, w.unit_id, w.parent_id, tstzrange(CASE WHEN count(e.unit_id) > 0 THEN this_slot END, NULL)
    FROM wanted_parent AS w LEFT JOIN org.unit_parent AS e USING (unit_id)
    WHERE w.parent_id IS NOT NULL
    GROUP BY w.institution_id, w.unit_id, w.parent_id
    HAVING NOT coalesce(bool_or(upper_inf(e.valid)), false);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;
    DROP TABLE wanted_parent;

    CREATE TEMPORARY TABLE wanted_owner ON COMMIT DROP AS
    SELECT s.hub, i.institution_id,
           CASE WHEN EXISTS (SELECT FROM org.hub_owner AS o WHERE o.hub = s.hub) THEN this_slot END AS since
    FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
    WHERE s.hub IS NOT NULL
      AND NOT EXISTS (SELECT FROM org.hub_owner AS o
                      WHERE o.hub = s.hub AND o.institution_id = i.institution_id AND upper_inf(o.valid));

    DELETE FROM org.hub_owner AS o USING wanted_owner AS w
    WHERE o.hub = w.hub AND upper_inf(o.valid) AND lower(o.valid) = this_slot;
    UPDATE org.hub_owner AS o SET valid = tstzrange(lower(o.valid), this_slot)
    FROM wanted_owner AS w WHERE o.hub = w.hub AND upper_inf(o.valid);
    INSERT INTO org.hub_owner (hub, institution_id, valid)
    SELECT hub, institution_id, tstzrange(since, NULL) FROM wanted_owner;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    PERFORM charge.mark_dirty(hub, since) FROM wanted_owner;
    DROP TABLE wanted_owner;
    IF calendars > 0 THEN
        PERFORM charge.mark_dirty(name, NULL) FROM usage.hub;
    END IF;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION org.apply_org() IS 'org.import_apply for the kind org';

-- ------------------------------------------------------------------------------------------------
-- people: persons and what the hubs call them
-- ------------------------------------------------------------------------------------------------

CREATE FUNCTION org.check_people()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM (SELECT line, person, name, hub, username,
                 first_value(line) OVER named AS first_line,
                 first_value(name) OVER named AS first_name,
                 min(line) OVER (PARTITION BY hub, username, CASE WHEN hub IS NULL THEN person END) AS twin
          FROM import_stage
          WINDOW named AS (PARTITION BY person ORDER BY line)) AS s
    LEFT JOIN org.alias AS a ON a.hub = s.hub AND a.username = s.username
    LEFT JOIN org.person AS p ON p.person_id = a.person_id
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN s.hub IS NULL AND s.twin < s.line THEN 'is already in line ' || s.twin
                    WHEN p.code <> s.person
                    THEN 'user name ' || s.username || ' on ' || s.hub || ' already belongs to person ' || p.code END),
               ('name', s.name, CASE
                    WHEN s.name IS NULL THEN 'is required'
                    WHEN s.person IS NOT NULL AND s.name <> s.first_name
                    THEN 'differs from the name in line ' || s.first_line END),
               ('hub', s.hub, CASE
                    WHEN s.hub IS NULL AND s.username IS NOT NULL THEN 'is required with a user name' END),
               ('username', s.username, CASE
                    WHEN s.hub IS NOT NULL AND s.username IS NULL THEN 'is required with a hub'
                    WHEN s.hub IS NOT NULL AND s.twin < s.line THEN 'is already in line ' || s.twin END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION org.check_people() IS 'org.import_check for the kind people';

CREATE FUNCTION org.apply_people() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    INSERT INTO org.person AS p (code, name)
    SELECT DISTINCT person, name FROM import_stage
    ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE p.name IS DISTINCT FROM excluded.name;
    GET DIAGNOSTICS changed = ROW_COUNT;

    -- Usage of a new alias was in suspense from the first workload of that name on.
    WITH added AS (
        INSERT INTO org.alias (hub, username, person_id)
        SELECT s.hub, s.username, p.person_id
        FROM import_stage AS s JOIN org.person AS p ON p.code = s.person
        WHERE s.hub IS NOT NULL
        ON CONFLICT (hub, username) DO NOTHING
        RETURNING hub, username
    ),
    first_use AS (
        SELECT h.name AS hub, min(w.first_slot) AS since
        FROM added AS a
        JOIN usage.hub AS h ON h.name = a.hub
        JOIN usage.node AS d USING (hub_id)
        JOIN usage.workload AS w ON w.node_id = d.node_id AND w.username = a.username
        GROUP BY h.name
    ),
    marked AS (SELECT count(charge.mark_dirty(hub, since)) FROM first_use)
    SELECT count(*) INTO n FROM added, marked;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION org.apply_people() IS 'org.import_apply for the kind people';

-- ------------------------------------------------------------------------------------------------
-- memberships
-- ------------------------------------------------------------------------------------------------

-- The file as memberships, resolved as far as it can be. Same person, unit and start: same
-- membership.
CREATE FUNCTION org.staged_memberships()
    RETURNS TABLE (line integer, person_id integer, unit_id integer, home boolean,
                   starts timestamptz, ends timestamptz, membership_id bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, p.person_id, u.unit_id, s.home = 'yes' AS home,
               org.parse_instant(s.valid_from, i.time_zone) AS starts,
               org.parse_instant(s.valid_to, i.time_zone)   AS ends
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        LEFT JOIN org.person AS p ON p.code = s.person
        LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    )
    SELECT s.*, m.membership_id
    FROM s
    LEFT JOIN org.membership AS m
           ON m.person_id = s.person_id AND m.unit_id = s.unit_id AND lower(m.valid) = s.starts;
END
$$;
COMMENT ON FUNCTION org.staged_memberships() IS 'The rows of import_stage as memberships, with the stored row each one is';

CREATE FUNCTION org.check_memberships()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN org.person AS p ON p.code = s.person
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    CROSS JOIN LATERAL (
        VALUES ('person', s.person, CASE
                    WHEN s.person IS NULL THEN 'is required'
                    WHEN p.code IS NULL THEN 'unknown person' END),
               ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('unit', s.unit, CASE
                    WHEN s.unit IS NULL THEN 'is required'
                    WHEN i.code IS NOT NULL AND u.code IS NULL
                    THEN 'unknown department of ' || s.institution END),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE org.judge_instant(s.valid_from, coalesce(i.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to, CASE
                    WHEN s.valid_to IS NULL THEN NULL
                    WHEN org.parse_instant(s.valid_to, coalesce(i.time_zone, 'UTC'))
                         <= org.parse_instant(s.valid_from, coalesce(i.time_zone, 'UTC'))
                    THEN 'is not after valid_from'
                    ELSE org.judge_instant(s.valid_to, coalesce(i.time_zone, 'UTC')) END),
               ('home', s.home, CASE
                    WHEN s.home IS NULL THEN 'is required'
                    WHEN s.home NOT IN ('yes', 'no') THEN 'is neither yes nor no' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (
        SELECT *, tstzrange(starts, ends) AS valid FROM org.staged_memberships()
    ),
    other AS (
        SELECT line, person_id, unit_id, home, valid FROM staged
        UNION ALL
        SELECT NULL, m.person_id, m.unit_id, m.home, m.valid
        FROM org.membership AS m
        WHERE m.person_id IN (SELECT person_id FROM staged)
          AND m.membership_id NOT IN (SELECT membership_id FROM staged WHERE membership_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'valid_from', f.valid_from,
           CASE WHEN o.unit_id = s.unit_id THEN 'the membership overlaps '
                ELSE 'a person has one home department at a time: overlaps '
           END || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                       ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)'
                  END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o
      ON o.person_id = s.person_id
     AND o.valid && s.valid
     AND (o.unit_id = s.unit_id OR (o.home AND s.home))
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION org.check_memberships() IS 'org.import_check for the kind memberships';

CREATE FUNCTION org.apply_memberships() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.membership_id, s.person_id, s.unit_id, s.home, tstzrange(s.starts, s.ends) AS valid,
           -- An end that moves changes nothing before the earlier of the two.
           CASE WHEN m.home = s.home THEN least(s.ends, upper(m.valid)) ELSE s.starts END AS since
    FROM org.staged_memberships() AS s
    LEFT JOIN org.membership AS m USING (membership_id)
    WHERE (m.home, m.valid) IS DISTINCT FROM (s.home, tstzrange(s.starts, s.ends));

    -- Those that are there already first: they make room.
    UPDATE org.membership AS m SET home = w.home, valid = w.valid
    FROM wanted AS w WHERE m.membership_id = w.membership_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO org.membership (person_id, unit_id, home, valid)
    SELECT person_id, unit_id, home, valid FROM wanted WHERE membership_id IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;

    PERFORM charge.mark_dirty(k.hub, k.since)
    FROM (SELECT a.hub, min(w.since) AS since
          FROM wanted AS w JOIN org.alias AS a USING (person_id)
          GROUP BY a.hub) AS k;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION org.apply_memberships() IS 'org.import_apply for the kind memberships';

-- ------------------------------------------------------------------------------------------------
-- prices
-- ------------------------------------------------------------------------------------------------

-- Same institution, resource, class and start: same row of the book.
CREATE FUNCTION org.staged_prices()
    RETURNS TABLE (line integer, institution_id integer, resource text, class text,
                   rate numeric, market_rate numeric,
                   starts timestamptz, ends timestamptz, price_id integer)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, s.resource, s.class,
               s.rate::numeric AS rate, s.market_rate::numeric AS market_rate,
               org.parse_instant(s.valid_from, i.time_zone) AS starts,
               org.parse_instant(s.valid_to, i.time_zone)   AS ends
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
    )
    SELECT s.*, b.price_id
    FROM s
    LEFT JOIN price.book AS b
           ON b.institution_id = s.institution_id AND b.resource = s.resource
          AND b.class IS NOT DISTINCT FROM s.class AND lower(b.valid) = s.starts;
END
$$;
COMMENT ON FUNCTION org.staged_prices() IS 'The rows of import_stage as rows of the price book, with the stored row each one is';

CREATE FUNCTION org.check_prices()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('resource', s.resource, CASE
                    WHEN s.resource IS NULL THEN 'is required'
                    WHEN s.resource NOT IN (SELECT code FROM price.resource)
                    THEN 'unknown resource: one of '
                         || (SELECT string_agg(code, ', ' ORDER BY ordinal) FROM price.resource) END),
               ('rate', s.rate, CASE
                    WHEN s.rate IS NULL THEN 'is required' ELSE org.judge_rate(s.rate) END),
               ('market_rate', s.market_rate, org.judge_rate(s.market_rate)),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE org.judge_instant(s.valid_from, coalesce(i.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to, CASE
                    WHEN s.valid_to IS NULL THEN NULL
                    WHEN org.parse_instant(s.valid_to, coalesce(i.time_zone, 'UTC'))
                         <= org.parse_instant(s.valid_from, coalesce(i.time_zone, 'UTC'))
                    THEN 'is not after valid_from'
                    ELSE org.judge_instant(s.valid_to, coalesce(i.time_zone, 'UTC')) END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (
        SELECT *, tstzrange(starts, ends) AS valid FROM org.staged_prices()
    ),
    other AS (
        SELECT line, institution_id, resource, class, valid FROM staged
        UNION ALL
        SELECT NULL, b.institution_id, b.resource, b.class, b.valid
        FROM price.book AS b
        WHERE b.price_id NOT IN (SELECT price_id FROM staged WHERE price_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'valid_from', f.valid_from,
           'a resource and class have one price at a time: overlaps '
           || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                   ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)'
              END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o
      ON o.institution_id = s.institution_id
     AND o.resource = s.resource
     AND o.class IS NOT DISTINCT FROM s.class
     AND o.valid && s.valid
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION org.check_prices() IS 'org.import_check for the kind prices';

CREATE FUNCTION org.apply_prices() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.price_id, s.institution_id, s.resource, s.class, s.rate, s.market_rate,
           tstzrange(s.starts, s.ends) AS valid,
           -- An end that moves changes nothing before the earlier of the two.
           CASE WHEN b.rate = s.rate THEN least(s.ends, upper(b.valid)) ELSE s.starts END AS since
    FROM org.staged_prices() AS s
    LEFT JOIN price.book AS b USING (price_id)
    WHERE (b.rate, b.market_rate, b.valid)
          IS DISTINCT FROM (s.rate, s.market_rate, tstzrange(s.starts, s.ends));

    -- Those that are there already first: they make room.
    UPDATE price.book AS b SET rate = w.rate, market_rate = w.market_rate, valid = w.valid
    FROM wanted AS w WHERE b.price_id = w.price_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO price.book (institution_id, resource, class, rate, market_rate, valid)
    SELECT institution_id, resource, class, rate, market_rate, valid FROM wanted WHERE price_id IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;

    PERFORM charge.mark_dirty(k.hub, k.since)
    FROM (SELECT o.hub, min(w.since) AS since
          FROM wanted AS w JOIN org.hub_owner AS o USING (institution_id)
          WHERE w.since IS NOT NULL
          GROUP BY o.hub) AS k;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION org.apply_prices() IS 'org.import_apply for the kind prices';

-- ------------------------------------------------------------------------------------------------

CREATE FUNCTION org.import_check(kind text)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind
        WHEN 'org'         THEN RETURN QUERY SELECT * FROM org.check_org();
        WHEN 'people'      THEN RETURN QUERY SELECT * FROM org.check_people();
        WHEN 'memberships' THEN RETURN QUERY SELECT * FROM org.check_memberships();
        WHEN 'prices'      THEN RETURN QUERY SELECT * FROM org.check_prices();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION org.import_check(text) IS 'Every cell of import_stage that can''t stand, and why; no row: the file is fine';

CREATE FUNCTION org.import_apply(kind text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind
        WHEN 'org'         THEN RETURN org.apply_org();
        WHEN 'people'      THEN RETURN org.apply_people();
        WHEN 'memberships' THEN RETURN org.apply_memberships();
        WHEN 'prices'      THEN RETURN org.apply_prices();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION org.import_apply(text) IS 'Take over import_stage, which org.import_check passed; returns rows changed (0 the second time) and marks the days to rate again';

GRANT SELECT ON org.import_column TO hm_rater;
GRANT EXECUTE ON FUNCTION
    org.parse_instant(text, text), org.judge_instant(text, text), org.judge_rate(text),
    org.check_org(), org.check_people(), org.check_memberships(), org.check_prices(),
    org.apply_org(), org.apply_people(), org.apply_memberships(), org.apply_prices(),
    org.staged_memberships(), org.staged_prices(),
    org.import_check(text), org.import_apply(text) TO hm_rater;
