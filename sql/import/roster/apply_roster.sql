CREATE FUNCTION import.apply_roster() RETURNS TABLE (is_change boolean, n bigint, said text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM import.roster_apply_people();
    PERFORM import.roster_apply_groups();
    PERFORM import.roster_note_away();
    PERFORM import.roster_apply_members();
    RETURN QUERY SELECT o.is_change, o.n, o.text FROM outcome AS o WHERE o.n > 0 ORDER BY NOT o.is_change, o.ordinal;
END
$$;
COMMENT ON FUNCTION import.apply_roster() IS 'Take over the people, groups and members of the roster that import.check_roster read and passed: what changed, then what was left out, with how many';

GRANT EXECUTE ON FUNCTION import.apply_roster() TO hm_rater;
