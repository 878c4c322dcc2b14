-- Same subject and start: same row.
CREATE FUNCTION import.staged_groups()
    RETURNS TABLE (line integer, about text, row_id integer, institution_id integer, group_code text,
                   subject text, target text, valid tstzrange, is_same boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, c.about, i.institution_id, s."group" AS group_code, c.subject, c.target,
               tstzrange(import.parse_instant(s.valid_from, i.time_zone),
                         import.parse_instant(s.valid_to, i.time_zone)) AS valid
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        CROSS JOIN LATERAL (
            VALUES ('unit',   format('%s/%s', i.institution_id, s."group"), s.unit),
                   ('hub',    s.hub, CASE WHEN s.hub IS NOT NULL
                                          THEN format('%s/%s', i.institution_id, s."group") END),
                   ('policy', i.institution_id::text, s.policy)
        ) AS c (about, subject, target)
        WHERE c.target IS NOT NULL
    )
    SELECT s.line, s.about, k.row_id, s.institution_id, s.group_code, s.subject, s.target, s.valid,
           (k.target, k.valid) IS NOT DISTINCT FROM (s.target, s.valid)
    FROM s
    LEFT JOIN import.known_groups() AS k
           ON k.about = s.about AND k.subject = s.subject
          AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.staged_groups() IS 'The rows of import_stage as rows of import.known_groups(), with the stored row each one is';

GRANT EXECUTE ON FUNCTION import.staged_groups() TO hm_rater;
