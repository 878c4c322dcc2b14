-- Only its owner may analyze a table. Without it the planner believes that there are as few people as before
-- the import, and charge.mark_changes() reads all names on hubs once for each membership.
CREATE FUNCTION import.count_people() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ANALYZE org.person, org.alias;
END
$$;
COMMENT ON FUNCTION import.count_people() IS 'Tell the planner how many people and names on hubs there are by now';

GRANT EXECUTE ON FUNCTION import.count_people() TO hm_rater;
