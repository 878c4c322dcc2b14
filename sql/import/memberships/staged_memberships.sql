-- The file as memberships, resolved as far as it can be. Same person, unit and start: same
-- membership.
CREATE FUNCTION import.staged_memberships()
    RETURNS TABLE (line integer, person_id integer, unit_id integer, home boolean,
                   starts timestamptz, ends timestamptz, membership_id bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, p.person_id, u.unit_id, s.home = 'yes' AS home,
               import.parse_instant(s.valid_from, i.time_zone) AS starts,
               import.parse_instant(s.valid_to, i.time_zone)   AS ends
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
        LEFT JOIN org.person AS p ON p.code = s.person
        LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    )
    SELECT s.*, m.membership_id
    FROM s
    LEFT JOIN org.membership AS m
           ON m.person_id = s.person_id AND m.unit_id = s.unit_id AND lower(m.valid) = s.starts;
END
$$;
COMMENT ON FUNCTION import.staged_memberships() IS 'The rows of import_stage as memberships, with the stored row each one is';

GRANT EXECUTE ON FUNCTION import.staged_memberships() TO hm_rater;
