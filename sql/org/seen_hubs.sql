CREATE FUNCTION org.seen_hubs() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT o.hub), '{}') FROM org.hub_owner AS o
    WHERE o.institution_id = ANY (org.seen_institutions())
$$;
COMMENT ON FUNCTION org.seen_hubs() IS 'Hubs that are or were of an institution that whoever asks may see all of';

GRANT EXECUTE ON FUNCTION org.seen_hubs() TO hm_finance, hm_rater, hm_dashboard;
