-- Every date and name is looked at once, not once a row. Where a roster says something twice the last one counts, as it
-- does where these files come from.
CREATE FUNCTION import.roster_read_cells() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    no_time text := 'is neither a date (2026-09-01) nor a time (2026-09-01T08:00:00Z)';
    run record;
BEGIN
    SELECT * INTO run FROM roster_run;
    DROP TABLE IF EXISTS pg_temp.parsed, pg_temp.said;
    ANALYZE told;
    CREATE TEMPORARY TABLE parsed ON COMMIT DROP AS
    WITH cell (value, is_end) AS (
        SELECT starts, false FROM told WHERE starts IS NOT NULL
        UNION
        SELECT ends, true FROM told WHERE ends IS NOT NULL
    ),
    instant AS MATERIALIZED (
        SELECT value, is_end,
               import.roster_instant(value, run.time_zone, is_end, run.format IN ('oneroster', 'coldfront')) AS at
        FROM cell OFFSET 0
    )
    SELECT t.*, row_number() OVER () AS ordinal, s.state, f.at AS starts_at, e.at AS ends_at,
           CASE WHEN t.kind = 'term' AND t.role IS NOT NULL THEN 'dates of a term for one type of enrollment'
                WHEN t.kind = 'enrollment' AND t.person IS NULL AND s.state <> 'ended'
                THEN 'enrollments of users without an id'
                WHEN t.kind = 'enrollment' AND coalesce(t.section, t."group") IS NULL AND s.state <> 'ended'
                THEN 'enrollments without a course'
                WHEN t.key IS NULL THEN t.file_kind || ' without an id' END AS left_out
    FROM told AS t
    LEFT JOIN import.roster_status AS s
           ON s.format = run.format AND s.kind = t.kind AND s.status = lower(coalesce(t.status, ''))
    LEFT JOIN instant AS f ON f.value = t.starts AND NOT f.is_end
    LEFT JOIN instant AS e ON e.value = t.ends AND e.is_end;

    INSERT INTO finding
    WITH cell AS (
        SELECT p.file, p.line, p.file_kind, f.*
        FROM parsed AS p
        CROSS JOIN LATERAL (
            VALUES ('key',      p.key,     p.kind <> 'enrollment' OR run.format = 'oneroster', NULL),
                   ('username', p.username, true, CASE
                        WHEN p.kind = 'user' AND p.username IS NULL AND p.state <> 'ended' THEN 'is required' END),
                   ('group',    p."group", true, NULL),
                   ('section',  p.section, true, NULL),
                   ('person',   p.person,  true, NULL),
                   ('status',   p.status,  false, CASE
                        WHEN p.state IS NULL
                        THEN 'is not one of ' || (SELECT string_agg(k.status, ', ' ORDER BY k.state, k.status)
                                                  FROM import.roster_status AS k
                                                  WHERE k.format = run.format AND k.kind = p.kind
                                                    AND k.status <> '') END),
                   ('starts',   p.starts,  false, CASE
                        WHEN p.starts IS NOT NULL AND p.starts_at IS NULL THEN no_time END),
                   ('ends',     p.ends,    false, CASE
                        WHEN p.ends IS NOT NULL AND p.ends_at IS NULL THEN no_time
                        WHEN p.ends_at <= p.starts_at THEN 'is not after the start' END)
        ) AS f (means, value, is_name, reason)
        WHERE p.left_out IS NULL AND (f.is_name OR f.reason IS NOT NULL)
    ),
    fault AS MATERIALIZED (
        SELECT value, import.text_fault(value) AS reason
        FROM (SELECT DISTINCT value FROM cell WHERE is_name AND value IS NOT NULL) AS name OFFSET 0
    )
    SELECT 'error', c.file, c.line, import.roster_column_of(run.format, c.file_kind, c.means), c.value,
           coalesce(c.reason, f.reason)
    FROM cell AS c
    LEFT JOIN fault AS f ON f.value = c.value AND c.is_name
    WHERE coalesce(c.reason, f.reason) IS NOT NULL;

    INSERT INTO outcome (is_change, n, text)
    SELECT false, count(*), p.left_out FROM parsed AS p WHERE p.left_out IS NOT NULL GROUP BY p.left_out
    ORDER BY p.left_out;

    CREATE TEMPORARY TABLE said ON COMMIT DROP AS
    SELECT DISTINCT ON (kind, key) * FROM parsed WHERE left_out IS NULL ORDER BY kind, key, ordinal DESC;
    CREATE UNIQUE INDEX ON said (kind, key);
    ANALYZE said;
    INSERT INTO outcome (is_change, n, text)
    SELECT false, n, 'said again further on' FROM (
        SELECT count(*) FILTER (WHERE left_out IS NULL) - (SELECT count(*) FROM said) AS n FROM parsed) AS twice
    WHERE n > 0;
END
$$;
COMMENT ON FUNCTION import.roster_read_cells() IS 'Parse told into said, one row for each thing that the roster speaks of, and note in finding every cell that can''t stand';

GRANT EXECUTE ON FUNCTION import.roster_read_cells() TO hm_rater;
