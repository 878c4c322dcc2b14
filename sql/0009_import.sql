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

GRANT SELECT ON org.import_column TO hm_rater;
GRANT EXECUTE ON FUNCTION
    org.parse_instant(text, text), org.judge_instant(text, text), org.judge_rate(text),
    org.check_org(), org.check_people(), org.apply_org(), org.apply_people() TO hm_rater;
