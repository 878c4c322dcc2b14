CREATE FUNCTION org.summed_groups() RETURNS integer[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(g.group_id), '{}')
    FROM org.user_group AS g
    WHERE NOT org.sees_all() AND g.group_id = ANY (org.seen_groups()) AND g.group_id <> ALL (org.named_groups())
      AND g.institution_id <> ALL (org.seen_institutions())
$$;
COMMENT ON FUNCTION org.summed_groups() IS 'Of org.seen_groups() those of which whoever asks may see sums of at least org.institution.smallest_group people, and nothing less: courses where the institution shows no names';

GRANT EXECUTE ON FUNCTION org.summed_groups() TO hm_rater, hm_finance, hm_instructor;
