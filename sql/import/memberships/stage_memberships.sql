-- Same person, department and start: same membership.
CREATE FUNCTION import.stage_memberships() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, p.person_id, u.unit_id, s.home = 'yes' AS home,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
        JOIN org.person AS p ON p.code = s.person
        JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    )
    SELECT s.*, 'org.membership' AS fact, m.membership_id::bigint AS row_id, m.source AS row_source,
           coalesce((m.home, m.valid) = (s.home, s.valid), false) AS is_same,
           CASE WHEN s.home THEN ARRAY['membership', 'home'] ELSE ARRAY['membership'] END AS laws,
           ARRAY[s.person_id || '/' || s.unit_id, s.person_id::text] AS keys
    FROM s
    LEFT JOIN org.membership AS m
           ON m.person_id = s.person_id AND m.unit_id = s.unit_id AND lower(m.valid) = lower(s.valid);
END
$$;
COMMENT ON FUNCTION import.stage_memberships() IS 'import.stage_file for the kind memberships';

GRANT EXECUTE ON FUNCTION import.stage_memberships() TO hm_rater;
