-- Cells that may well be right, but mostly are slips: a name that nothing else knows, or one that
-- differs from a known one only in how it is written.
CREATE FUNCTION import.warn_rows(kind text)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF kind = 'chart-segments' THEN
        RETURN QUERY SELECT * FROM import.warn_chart_segments();
    ELSIF kind = 'prices' THEN
        RETURN QUERY
        SELECT s.line, 'class', s.class, 'no node has had this class yet'
        FROM import_stage AS s
        WHERE s.class IS NOT NULL
          AND NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = s.class);

        -- A valid_to is exclusive: the 30th as the end of a month makes the 30th free.
        RETURN QUERY
        WITH price AS MATERIALIZED (
            SELECT s.line, s.keys[1] AS key, s.valid FROM staged AS s
            UNION ALL
            SELECT NULL, k.key, k.valid FROM import.known_facts() AS k
            WHERE k.law = 'price' AND NOT isempty(k.valid)
              AND k.row_id NOT IN (SELECT s.row_id FROM staged AS s WHERE s.row_id IS NOT NULL)
        ),
        following AS (
            SELECT p.*, lead(lower(p.valid)) OVER (PARTITION BY p.key ORDER BY lower(p.valid)) AS next FROM price AS p
        )
        SELECT f.line, 'valid_to', s.valid_to,
               format('there is no price from then until %s (valid_to is exclusive)', to_char(f.next AT TIME ZONE 'UTC',
                                                                                             'YYYY-MM-DD"T"HH24:MI"Z"'))
        FROM following AS f
        JOIN import_stage AS s USING (line)
        WHERE upper(f.valid) < f.next;

        RETURN QUERY
        SELECT min(s.line), 'institution', s.institution,
               format('its newest rate study ended on %s, more than 24 months ago', max(k.period_end))
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        JOIN price.study AS k USING (institution_id)
        GROUP BY s.institution
        HAVING max(k.period_end) < current_date - interval '24 months';
    ELSIF kind = 'people' THEN
        RETURN QUERY
        SELECT min(s.line), 'hub', s.hub, 'no node of this hub has sent anything yet, and no file declares it'
        FROM import_stage AS s
        WHERE s.hub IS NOT NULL
          AND NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = s.hub)
          AND NOT EXISTS (SELECT FROM org.hub_owner AS o WHERE o.hub = s.hub AND o.voided_at IS NULL)
        GROUP BY s.hub;

        RETURN QUERY
        WITH known (hub, username) AS MATERIALIZED (
            SELECT a.hub, a.username FROM org.alias AS a WHERE a.voided_at IS NULL
            UNION
            SELECT h.name, w.username
            FROM usage.workload AS w
            JOIN usage.node AS n USING (node_id)
            JOIN usage.hub AS h USING (hub_id)
            WHERE w.username <> ''
        ),
        unknown AS (
            SELECT s.line, s.hub, s.username
            FROM import_stage AS s
            WHERE s.username IS NOT NULL
              AND (s.hub, s.username) NOT IN (SELECT hub, username FROM known)
        )
        SELECT u.line, 'username', u.username,
               'differs from ' || min(k.username) || ', which is known, only in how it is written'
        FROM unknown AS u
        JOIN known AS k ON k.hub = u.hub AND org.fold_name(k.username) = org.fold_name(u.username)
        GROUP BY u.line, u.username;
    END IF;
END
$$;
COMMENT ON FUNCTION import.warn_rows(text) IS 'What looks like a slip in import_stage, and why';

GRANT EXECUTE ON FUNCTION import.warn_rows(text) TO hm_rater;
