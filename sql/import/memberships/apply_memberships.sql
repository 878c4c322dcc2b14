CREATE FUNCTION import.apply_memberships() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.membership_id, s.person_id, s.unit_id, s.home, tstzrange(s.starts, s.ends) AS valid,
           -- An end that moves changes nothing before the earlier of the two.
           CASE WHEN m.home = s.home THEN least(s.ends, upper(m.valid)) ELSE s.starts END AS since
    FROM import.staged_memberships() AS s
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
COMMENT ON FUNCTION import.apply_memberships() IS 'import.apply_file for the kind memberships';

GRANT EXECUTE ON FUNCTION import.apply_memberships() TO hm_rater;
