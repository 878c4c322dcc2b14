-- Same login, scope, what it names and start: same row.
CREATE FUNCTION import.stage_readers() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    SELECT s.line, s.login, s.scope, i.institution_id, n.id, r.valid, 'org.reader' AS fact,
           k.reader_id::bigint AS row_id, k.source AS row_source, coalesce(k.valid = r.valid, false) AS is_same,
           ARRAY['reader'] AS laws,
           ARRAY[concat_ws('/', s.scope, coalesce(i.institution_id, 0), coalesce(n.id, 0), s.login)] AS keys
    FROM import_stage AS s
    JOIN validity AS v USING (line)
    LEFT JOIN org.institution AS i ON i.code = s.institution
    CROSS JOIN LATERAL (SELECT import.scope_id(i.institution_id, s.scope, s.code) AS id) AS n
    CROSS JOIN LATERAL (SELECT tstzrange(v.starts, v.ends) AS valid) AS r
    LEFT JOIN org.reader AS k
           ON k.login = s.login AND k.scope = s.scope AND k.institution_id IS NOT DISTINCT FROM i.institution_id
          AND coalesce(k.unit_id, k.group_id, k.person_id, k.fund_id) IS NOT DISTINCT FROM n.id
          AND k.voided_at IS NULL AND lower(k.valid) IS NOT DISTINCT FROM v.starts;
END
$$;
COMMENT ON FUNCTION import.stage_readers() IS 'import.stage_file for the kind readers';

GRANT EXECUTE ON FUNCTION import.stage_readers() TO hm_rater;
