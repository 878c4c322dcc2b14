-- Same hub, user name, tag and start: same settlement.
CREATE FUNCTION import.stage_settlements() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, s.hub, coalesce(s.username, '') AS username, coalesce(s.tag, '') AS tag, u.unit_id,
               s.reason, tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    )
    SELECT s.*, 'org.settlement' AS fact, k.settlement_id::bigint AS row_id, k.source AS row_source,
           coalesce((k.unit_id, k.reason, k.valid) = (s.unit_id, s.reason, s.valid), false) AS is_same,
           ARRAY['settlement'] AS laws, ARRAY[to_json(ARRAY[s.hub, s.username, s.tag])::text] AS keys
    FROM s
    LEFT JOIN org.settlement AS k
           ON (k.hub, k.username, k.tag) = (s.hub, s.username, s.tag) AND k.voided_at IS NULL
          AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_settlements() IS 'import.stage_file for the kind settlements';

GRANT EXECUTE ON FUNCTION import.stage_settlements() TO hm_rater;
