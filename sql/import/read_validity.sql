-- Every date is parsed once, not once a row: long files have few of them. A date is midnight of the
-- institution that the row names; for a user name, of the hub's owner.
CREATE FUNCTION import.read_validity(kind text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
#variable_conflict use_column
BEGIN
    DROP TABLE IF EXISTS pg_temp.validity, pg_temp.zoned;
    IF read_validity.kind = 'people' THEN
        CREATE TEMPORARY TABLE zoned ON COMMIT DROP AS
        SELECT s.line, s.valid_from, s.valid_to, h.time_zone
        FROM import_stage AS s
        LEFT JOIN (SELECT hub, import.hub_time_zone(hub) AS time_zone FROM import_stage GROUP BY hub) AS h USING (hub);
    ELSIF read_validity.kind = 'customers' THEN
        CREATE TEMPORARY TABLE zoned ON COMMIT DROP AS
        SELECT s.line, s.valid_from, s.valid_to, i.time_zone
        FROM import_stage AS s
        LEFT JOIN org.institution AS i ON i.code = s.provider;
    ELSIF read_validity.kind = 'plans' THEN -- a version holds until the next one
        CREATE TEMPORARY TABLE zoned ON COMMIT DROP AS
        SELECT s.line, s.valid_from, NULL::text AS valid_to, i.time_zone
        FROM import_stage AS s
        LEFT JOIN org.institution AS i ON i.code = s.institution;
    ELSIF read_validity.kind = 'org' THEN
        CREATE TEMPORARY TABLE zoned ON COMMIT DROP AS
        SELECT s.line, s.valid_from, s.valid_to, coalesce(d.time_zone, i.time_zone) AS time_zone
        FROM import_stage AS s
        LEFT JOIN (SELECT institution, min(time_zone) AS time_zone FROM import_stage GROUP BY institution) AS d
               USING (institution)
        LEFT JOIN org.institution AS i ON i.code = s.institution;
    ELSE
        CREATE TEMPORARY TABLE zoned ON COMMIT DROP AS
        SELECT s.line, s.valid_from, s.valid_to, i.time_zone
        FROM import_stage AS s
        LEFT JOIN org.institution AS i ON i.code = s.institution;
    END IF;

    CREATE TEMPORARY TABLE validity ON COMMIT DROP AS
    WITH cell (value, time_zone) AS (
        SELECT valid_from, time_zone FROM zoned WHERE valid_from IS NOT NULL
        UNION
        SELECT valid_to, time_zone FROM zoned WHERE valid_to IS NOT NULL
    ),
    instant AS MATERIALIZED (
        SELECT value, time_zone, at,
               CASE WHEN at IS NULL THEN 'is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'
                    WHEN NOT usage.is_slot_start(at)
                    THEN 'boundary ' || value || ' is not on a slot: it must be on a quarter of an hour '
                         '(minute 00, 15, 30 or 45 of UTC)' END AS fault
        FROM (SELECT value, time_zone, import.parse_instant(value, coalesce(time_zone, 'UTC')) AS at
              FROM cell OFFSET 0) AS p
    )
    SELECT z.line, f.at AS starts, t.at AS ends, f.fault AS starts_fault,
           CASE WHEN t.at <= f.at THEN 'is not after valid_from' ELSE t.fault END AS ends_fault
    FROM zoned AS z
    LEFT JOIN instant AS f ON f.value = z.valid_from AND f.time_zone IS NOT DISTINCT FROM z.time_zone
    LEFT JOIN instant AS t ON t.value = z.valid_to AND t.time_zone IS NOT DISTINCT FROM z.time_zone;
    ANALYZE pg_temp.validity;
END
$$;
COMMENT ON FUNCTION import.read_validity(text) IS 'Make pg_temp.validity of the cells valid_from and valid_to of import_stage: line, starts and ends (null: open), and why the cells can''t be that (null: they can)';

GRANT EXECUTE ON FUNCTION import.read_validity(text) TO hm_rater;
