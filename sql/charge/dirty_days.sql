CREATE FUNCTION charge.dirty_days() RETURNS TABLE (hub_id integer, day date, hub text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT d.hub_id, d.day, h.name
        FROM ingest.dirty_day AS d
        JOIN usage.hub AS h USING (hub_id)
        ORDER BY d.day, d.hub_id;
    END;
COMMENT ON FUNCTION charge.dirty_days() IS 'UTC days of hubs that wait for rating, oldest first';

GRANT EXECUTE ON FUNCTION charge.dirty_days() TO hm_rater;
