CREATE FUNCTION import.void_missing(kind text, source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(audit.void_rows(k.fact::regclass, k.row_ids,
                                            'no longer in the file of source ' || void_missing.source)), 0)
        FROM (SELECT k.fact, array_agg(DISTINCT k.row_id) AS row_ids
              FROM import.known_facts() AS k
              JOIN import.law AS w USING (law)
              LEFT JOIN staged AS s ON s.fact = k.fact AND s.row_id = k.row_id
              WHERE w.kind = void_missing.kind AND k.source = void_missing.source
                AND NOT isempty(k.valid) AND s.row_id IS NULL
              GROUP BY k.fact) AS k);
END
$$;
COMMENT ON FUNCTION import.void_missing(text, text) IS 'Void what a source once said and the staged file does not; returns how many rows';

GRANT EXECUTE ON FUNCTION import.void_missing(text, text) TO hm_rater;
