CREATE FUNCTION usage.is_demonstration() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM org.institution WHERE institution_id <> 0 AND code !~ '^demo-')
       AND NOT EXISTS (SELECT FROM usage.hub WHERE hub_id <> 0 AND name !~ '^demo-')
$$;
COMMENT ON FUNCTION usage.is_demonstration() IS 'Is there nothing but a demonstration in the database? Its institutions and hubs have names that begin with demo-';

GRANT EXECUTE ON FUNCTION usage.is_demonstration() TO hm_aggregator, hm_rater;
