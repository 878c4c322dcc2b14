-- Where a parent or owner changes, the old one holds up to the current slot, the new one from there.
-- The first one holds from ever, so that usage that came before the import is charged as well.
CREATE FUNCTION import.apply_org() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_slot timestamptz := usage.slot_of(now());
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
    LEFT JOIN org.unit AS p ON p.institution_id = i.institution_id AND p.code = s.parent
    WHERE import.has_column('parent');

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
COMMENT ON FUNCTION import.apply_org() IS 'import.apply_file for the kind org';

GRANT EXECUTE ON FUNCTION import.apply_org() TO hm_rater;
