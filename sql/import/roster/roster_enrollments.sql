-- A section that is cross-listed counts as the course it is listed in. What is nearest says when: enrollment,
-- section, course, term; without any start it is the slot in which the enrollment was seen first.
CREATE FUNCTION import.roster_enrollments(of_roster integer)
    RETURNS TABLE (key text, person text, group_key text, role text, starts timestamptz, ends timestamptz,
                   own_end timestamptz, away tstzmultirange, state text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH r AS (SELECT * FROM import.roster_record WHERE roster_id = of_roster)
        SELECT e.key, e.person, g.key, e.role,
               coalesce(e.starts, s.starts, g.starts, t.starts, e.first_slot),
               coalesce(e.ends, s.ends, g.ends, t.ends), e.ends, e.away,
               CASE WHEN e.is_missing OR u.is_missing OR s.is_missing OR g.is_missing OR g.key IS NULL
                      OR 'ended' IN (e.state, u.state, s.state, g.state) THEN 'ended'
                    WHEN 'completed' IN (e.state, g.state) THEN 'completed'
                    ELSE 'active' END
        FROM r AS e
        LEFT JOIN r AS u ON u.kind = 'user' AND u.key = e.person
        LEFT JOIN r AS s ON s.kind = 'section' AND s.key = e.section
        LEFT JOIN r AS x ON x.kind = 'xlist' AND x.key = e.section AND x.state = 'active' AND NOT x.is_missing
        LEFT JOIN r AS g ON g.kind = 'group' AND g.key = coalesce(x."group", s."group", e."group")
        LEFT JOIN r AS t ON t.kind = 'term' AND t.key = g.term AND t.state = 'active' AND NOT t.is_missing
        WHERE e.kind = 'enrollment';
    END;
COMMENT ON FUNCTION import.roster_enrollments(integer) IS 'The enrollments of a roster with what sections, courses, terms and users say of them';

GRANT EXECUTE ON FUNCTION import.roster_enrollments(integer) TO hm_rater;
