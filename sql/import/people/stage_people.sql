-- Same hub, user name, person and start: same row. A name without a time is the person's, ever since
-- and for good; a date is midnight of the hub's owner. A column that is left out says nothing.
CREATE FUNCTION import.stage_people() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, s.person, s.hub, s.username,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        WHERE s.username IS NOT NULL
    ),
    merged AS (
        SELECT s.line, s.person, s.hub, s.username, a.alias_id, a.source, a.valid AS old_valid,
               tstzrange(CASE WHEN a.alias_id IS NULL OR (SELECT import.has_column('valid_from'))
                              THEN lower(s.valid) ELSE lower(a.valid) END,
                         CASE WHEN a.alias_id IS NULL OR (SELECT import.has_column('valid_to'))
                              THEN upper(s.valid) ELSE upper(a.valid) END) AS valid
        FROM s
        LEFT JOIN LATERAL (
            SELECT a.alias_id, a.valid, a.source
            FROM org.alias AS a
            JOIN org.person AS p USING (person_id)
            WHERE a.hub = s.hub AND a.username = s.username AND p.code = s.person AND a.voided_at IS NULL
              AND (lower(a.valid) IS NOT DISTINCT FROM lower(s.valid) OR NOT (SELECT import.has_column('valid_from')))
            ORDER BY lower(a.valid) DESC NULLS LAST
            LIMIT 1
        ) AS a ON true
    )
    SELECT n.line, n.person, n.hub, n.username, n.valid,
           'org.alias' AS fact, n.alias_id AS row_id, n.source AS row_source,
           coalesce(n.old_valid = n.valid, false) AS is_same,
           ARRAY['username'] AS laws, ARRAY[n.hub || '/' || n.username] AS keys
    FROM merged AS n;
END
$$;
COMMENT ON FUNCTION import.stage_people() IS 'import.stage_file for the kind people';

GRANT EXECUTE ON FUNCTION import.stage_people() TO hm_rater;
