SET LOCAL ROLE hm_owner;

-- Importers of rows with validity, and the two functions the command line calls.

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

GRANT EXECUTE ON FUNCTION
    org.check_memberships(), org.check_prices(), org.apply_memberships(), org.apply_prices(),
    org.staged_memberships(), org.staged_prices(),
    org.import_check(text), org.import_apply(text) TO hm_rater;
