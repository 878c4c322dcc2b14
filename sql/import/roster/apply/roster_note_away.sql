-- A section that is cross-listed counts as the course it is listed in. What is nearest says when: enrollment,
-- section, course, term; without any start it is the slot in which the enrollment was seen first.
--
-- Who has left was there until then, and the roster does not say since when: it is so from the first slot in
-- which it was seen. What had ended before it was ever seen counts only if it says when.
CREATE FUNCTION import.roster_note_away() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    run record;
    from_now tstzmultirange;
BEGIN
    SELECT * INTO run FROM roster_run;
    from_now := tstzmultirange(tstzrange(run.slot, NULL));
    DROP TABLE IF EXISTS pg_temp.enrolled;
    CREATE TEMPORARY TABLE enrolled ON COMMIT DROP AS
    WITH term AS (
        -- A class of OneRoster may be of several.
        SELECT g.key, min(t.starts) AS starts, max(t.ends) AS ends
        FROM known AS g
        CROSS JOIN LATERAL unnest(CASE run.format WHEN 'oneroster' THEN string_to_array(g.term, ',')
                                                  ELSE ARRAY[g.term] END) AS k (term)
        JOIN known AS t ON t.kind = 'term' AND t.key = k.term AND t.state = 'active' AND NOT t.is_missing
        WHERE g.kind = 'group'
        GROUP BY g.key
    ),
    e AS (
        SELECT e.key, e.person, u.person_id, g.key AS group_key, e.role, e.away AS old_away, e.ends AS own_end,
               coalesce(e.starts, s.starts, g.starts, t.starts, e.first_slot) AS starts,
               coalesce(e.ends, s.ends, g.ends, t.ends) AS ends,
               CASE WHEN e.is_missing OR u.is_missing OR s.is_missing OR g.is_missing OR g.key IS NULL
                      OR 'ended' IN (e.state, u.state, s.state, g.state) THEN 'ended'
                    WHEN 'completed' IN (e.state, g.state) THEN 'completed'
                    ELSE 'active' END AS state
        FROM known AS e
        LEFT JOIN known AS u ON u.kind = 'user' AND u.key = e.person
        LEFT JOIN known AS s ON s.kind = 'section' AND s.key = e.section
        LEFT JOIN known AS x ON x.kind = 'xlist' AND x.key = e.section AND x.state = 'active' AND NOT x.is_missing
        LEFT JOIN known AS g ON g.kind = 'group' AND g.key = coalesce(x."group", s."group", e."group")
        LEFT JOIN term AS t ON t.key = g.key
        WHERE e.kind = 'enrollment'
    )
    SELECT e.*, CASE WHEN e.state = 'active'       THEN coalesce(e.old_away, '{}') - from_now
                     WHEN e.old_away IS NOT NULL   THEN e.old_away + from_now
                     WHEN e.state = 'completed'
                          OR e.own_end <= run.slot THEN from_now
                     ELSE '{(,)}' END AS away
    FROM e;
    ANALYZE enrolled;
    UPDATE import.roster_record AS r SET away = e.away
    FROM enrolled AS e
    WHERE r.roster_id = run.roster_id AND r.kind = 'enrollment' AND r.key = e.key
      AND e.away IS DISTINCT FROM e.old_away;
END
$$;
COMMENT ON FUNCTION import.roster_note_away() IS 'Make pg_temp.enrolled: the enrollments with what sections, courses, terms and users say of them; and note from when on they do not hold that are over now, and that those hold again which are back';

GRANT EXECUTE ON FUNCTION import.roster_note_away() TO hm_rater;
