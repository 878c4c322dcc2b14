CREATE FUNCTION org.domain_of(of_username text, at timestamptz)
    RETURNS TABLE (institution_id integer, unit_id integer)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT d.institution_id, d.unit_id
        FROM org.domain AS d
        WHERE d.valid @> at AND org.in_domain(of_username, d.domain)
        ORDER BY length(d.domain) DESC
        LIMIT 1;
    END;
COMMENT ON FUNCTION org.domain_of(text, timestamptz) IS 'Whose user names of that domain are at an instant; no row: nobody says';

GRANT EXECUTE ON FUNCTION org.domain_of(text, timestamptz) TO hm_rater;
