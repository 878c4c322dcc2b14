-- A name without a time is one that is the person's, ever since and for good. A date is midnight of the
-- hub's owner.
CREATE FUNCTION import.staged_people()
    RETURNS TABLE (line integer, person text, hub text, username text, valid tstzrange, alias_id bigint,
                   old_valid tstzrange)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH zone AS MATERIALIZED (
        SELECT h.hub, import.hub_time_zone(h.hub) AS time_zone
        FROM (SELECT DISTINCT hub FROM import_stage) AS h
    ),
    s AS MATERIALIZED (
        SELECT s.line, s.person, s.hub, s.username,
               tstzrange(import.parse_instant(s.valid_from, z.time_zone),
                         import.parse_instant(s.valid_to, z.time_zone)) AS valid
        FROM import_stage AS s
        JOIN zone AS z USING (hub)
        WHERE s.username IS NOT NULL
    )
    SELECT s.line, s.person, s.hub, s.username,
           -- A column that is left out says nothing.
           tstzrange(CASE WHEN (SELECT import.has_column('valid_from')) OR a.alias_id IS NULL THEN lower(s.valid)
                          ELSE lower(a.valid) END,
                     CASE WHEN (SELECT import.has_column('valid_to')) OR a.alias_id IS NULL THEN upper(s.valid)
                          ELSE upper(a.valid) END),
           a.alias_id, a.valid
    FROM s
    LEFT JOIN LATERAL (
        SELECT a.alias_id, a.valid
        FROM org.alias AS a
        JOIN org.person AS p USING (person_id)
        WHERE a.hub = s.hub AND a.username = s.username AND p.code = s.person
          AND (lower(a.valid) IS NOT DISTINCT FROM lower(s.valid) OR NOT (SELECT import.has_column('valid_from')))
        ORDER BY lower(a.valid) DESC NULLS LAST
        LIMIT 1
    ) AS a ON true;
END
$$;
COMMENT ON FUNCTION import.staged_people() IS 'The rows of import_stage as user names, with the stored row each one is: same hub, user name, person and start';

GRANT EXECUTE ON FUNCTION import.staged_people() TO hm_rater;
