CREATE FUNCTION charge.dirty_days(retry_after interval DEFAULT '0') RETURNS TABLE (hub_id integer, day date, hub text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT d.hub_id, d.day, h.name
        FROM ingest.dirty_day AS d
        JOIN usage.hub AS h USING (hub_id)
        WHERE NOT EXISTS (SELECT FROM charge.failed_day AS f
                          WHERE f.hub_id = d.hub_id AND f.day = d.day AND f.failed_at > now() - retry_after)
        ORDER BY d.day, d.hub_id;
    END;
COMMENT ON FUNCTION charge.dirty_days(interval) IS 'UTC days of hubs that wait for rating, oldest first, without those that failed less than retry_after ago';

GRANT EXECUTE ON FUNCTION charge.dirty_days(interval) TO hm_rater;
