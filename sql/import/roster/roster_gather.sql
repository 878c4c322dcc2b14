-- Nobody may analyze the table but its owner, and it may have been filled a moment ago.
CREATE FUNCTION import.roster_gather() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.known;
    CREATE TEMPORARY TABLE known ON COMMIT DROP AS
    SELECT r.* FROM import.roster_record AS r JOIN roster_run USING (roster_id);
    CREATE INDEX ON known (kind, key);
    ANALYZE known;
END
$$;
COMMENT ON FUNCTION import.roster_gather() IS 'Make pg_temp.known: all that is kept of the roster that is being imported';

GRANT EXECUTE ON FUNCTION import.roster_gather() TO hm_rater;
