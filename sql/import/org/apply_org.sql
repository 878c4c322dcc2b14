CREATE FUNCTION import.apply_org(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint := 0;
    n bigint;
BEGIN
    INSERT INTO org.institution AS i (code, name, time_zone, currency, fiscal_year_start, unfunded_servers,
                                      shows_names, smallest_group)
    SELECT s.institution, s.name, s.time_zone, s.currency,
           CASE WHEN (SELECT import.has_column('fiscal_year_start')) THEN coalesce(s.fiscal_year_start::smallint, 1)
                ELSE coalesce(k.fiscal_year_start, 1) END,
           CASE WHEN (SELECT import.has_column('unfunded_servers')) THEN coalesce(s.unfunded_servers, 'allow')
                ELSE coalesce(k.unfunded_servers, 'allow') END,
           CASE WHEN (SELECT import.has_column('shows_names')) THEN coalesce(s.shows_names = 'yes', false)
                ELSE coalesce(k.shows_names, false) END,
           CASE WHEN (SELECT import.has_column('smallest_group')) THEN coalesce(s.smallest_group::smallint, 5)
                ELSE coalesce(k.smallest_group, 5) END
    FROM import_stage AS s
    LEFT JOIN org.institution AS k ON k.code = s.institution
    WHERE s.unit IS NULL AND s.hub IS NULL
    ORDER BY s.line
    ON CONFLICT (code) DO UPDATE
       SET name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency,
           fiscal_year_start = excluded.fiscal_year_start, unfunded_servers = excluded.unfunded_servers,
           shows_names = excluded.shows_names, smallest_group = excluded.smallest_group
     WHERE (i.name, i.time_zone, i.currency, i.fiscal_year_start, i.unfunded_servers, i.shows_names, i.smallest_group)
           IS DISTINCT FROM (excluded.name, excluded.time_zone, excluded.currency, excluded.fiscal_year_start,
                             excluded.unfunded_servers, excluded.shows_names, excluded.smallest_group);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    INSERT INTO org.unit AS u (institution_id, code, name)
    SELECT i.institution_id, s.unit, min(s.name)
    FROM import_stage AS s JOIN org.institution AS i ON i.code = s.institution
    WHERE s.unit IS NOT NULL
    GROUP BY i.institution_id, s.unit
    ORDER BY min(s.line)
    ON CONFLICT (institution_id, code) DO UPDATE SET name = excluded.name
     WHERE u.name IS DISTINCT FROM excluded.name;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.*, i.institution_id, u.unit_id, p.unit_id AS parent_id
    FROM staged AS s
    JOIN org.institution AS i ON i.code = s.institution
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    LEFT JOIN org.unit AS p
           ON s.fact = 'org.unit_parent' AND p.institution_id = i.institution_id AND p.code = s.answer
    WHERE NOT s.is_same;

    -- Those that are there already first: they make room. One that held for less than a slot never did.
    SELECT count(*) INTO n
    FROM (SELECT w.fact, array_agg(w.row_id) AS ids FROM wanted AS w WHERE isempty(w.valid) GROUP BY w.fact) AS w,
         audit.void_rows(w.fact::regclass, w.ids, 'replaced in the slot in which it began') AS v;
    UPDATE org.unit_parent AS e SET parent_id = w.parent_id, valid = w.valid
    FROM wanted AS w WHERE w.fact = 'org.unit_parent' AND e.unit_parent_id = w.row_id AND NOT isempty(w.valid);
    -- An owner who is closed is not the one that the file names.
    UPDATE org.hub_owner AS o SET institution_id = i.institution_id, valid = w.valid
    FROM wanted AS w
    JOIN org.institution AS i ON i.code = w.answer
    WHERE w.fact = 'org.hub_owner' AND o.hub_owner_id = w.row_id AND NOT isempty(w.valid);

    INSERT INTO org.unit_parent (institution_id, unit_id, parent_id, valid, source)
    SELECT w.institution_id, w.unit_id, w.parent_id, w.valid, apply_org.source
    FROM wanted AS w WHERE w.fact = 'org.unit_parent' AND w.row_id IS NULL;
    INSERT INTO org.hub_owner (hub, institution_id, valid, source)
    SELECT w.hub, w.institution_id, w.valid, apply_org.source
    FROM wanted AS w WHERE w.fact = 'org.hub_owner' AND w.row_id IS NULL;
    SELECT count(DISTINCT (w.line, w.laws)) INTO n FROM wanted AS w;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_org(text) IS 'import.apply_file for the kind org';

GRANT EXECUTE ON FUNCTION import.apply_org(text) TO hm_rater;
