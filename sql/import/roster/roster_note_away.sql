-- Who has left was there until then, and the roster does not say since when: it is so from the first slot in
-- which it was seen. What had ended before it was ever seen counts only if it says when.
CREATE FUNCTION import.roster_note_away() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    run record;
    from_now tstzmultirange;
BEGIN
    SELECT * INTO run FROM roster_run;
    from_now := tstzmultirange(tstzrange(run.slot, NULL));
    UPDATE import.roster_record AS r SET away = n.away
    FROM (SELECT e.key,
                 CASE WHEN e.state = 'active'              THEN coalesce(e.away, '{}') - from_now
                      WHEN e.away IS NOT NULL              THEN e.away + from_now
                      WHEN e.state = 'completed'
                           OR e.own_end <= run.slot        THEN from_now
                      ELSE '{(,)}' END AS away
          FROM import.roster_enrollments(run.roster_id) AS e) AS n
    WHERE r.roster_id = run.roster_id AND r.kind = 'enrollment' AND r.key = n.key
      AND r.away IS DISTINCT FROM n.away;
END
$$;
COMMENT ON FUNCTION import.roster_note_away() IS 'Note from when on enrollments do not hold that are over now, and that those hold again which are back';

GRANT EXECUTE ON FUNCTION import.roster_note_away() TO hm_rater;
