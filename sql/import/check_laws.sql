-- What is stored and not in the file stays as it is, unless the file is the whole truth of its source.
CREATE FUNCTION import.check_laws(kind text, source text, is_whole boolean)
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    of_kind text[] := ARRAY(SELECT law FROM import.law AS w WHERE w.kind = check_laws.kind);
BEGIN
    RETURN QUERY
    WITH mine AS MATERIALIZED (
        SELECT s.line, s.fact, s.row_id, k.law, k.key, s.valid
        FROM staged AS s
        CROSS JOIN LATERAL unnest(s.laws, s.keys) AS k (law, key)
        WHERE k.law IS NOT NULL AND NOT isempty(s.valid)
    ),
    other AS (
        SELECT line, law, key, valid, NULL AS source FROM mine
        UNION ALL
        SELECT NULL, k.law, k.key, k.valid, k.source
        FROM import.known_facts() AS k
        LEFT JOIN staged AS s ON s.fact = k.fact AND s.row_id = k.row_id
        WHERE k.law = ANY (of_kind) AND s.row_id IS NULL
          AND NOT (is_whole AND k.source = check_laws.source)
    )
    SELECT DISTINCT ON (m.line, w.column_name)
           m.line, w.column_name, to_jsonb(f) ->> w.column_name,
           w.says || ': overlaps '
           || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                   ELSE format('one that is stored, %s (source %s; import that one with its valid_to first, or void it)',
                               o.valid, o.source) END
    FROM mine AS m
    JOIN other AS o ON o.law = m.law AND o.key = m.key AND o.valid && m.valid
                   AND (o.line IS NULL OR o.line < m.line)
    JOIN import.law AS w ON w.law = m.law
    JOIN import_stage AS f ON f.line = m.line
    ORDER BY m.line, w.column_name, o.line NULLS LAST, m.law DESC, o.valid;

    RETURN QUERY
    SELECT DISTINCT ON (s.line)
           s.line, w.column_name, to_jsonb(f) ->> w.column_name,
           format('is kept by source %s: say --source %1$s, or void it', s.row_source)
    FROM staged AS s
    JOIN import.law AS w ON w.law = s.laws[1]
    JOIN import_stage AS f USING (line)
    WHERE NOT s.is_same AND s.row_source <> check_laws.source;
END
$$;
COMMENT ON FUNCTION import.check_laws(text, text, boolean) IS 'What the staged rows break: that of some things there is one at a time (import.law), and that a file changes rows of its own source only';

GRANT EXECUTE ON FUNCTION import.check_laws(text, text, boolean) TO hm_rater;
