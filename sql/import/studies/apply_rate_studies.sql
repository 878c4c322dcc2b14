CREATE FUNCTION import.apply_rate_studies() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    INSERT INTO price.study AS k (institution_id, resource, class, period_start, period_end, cost_pool, carried_over,
                                  projected_units, actual_cost, actual_units)
    SELECT i.institution_id, s.resource, s.class, import.parse_day(s.period_start), import.parse_day(s.period_end),
           s.cost_pool::numeric, coalesce(s.carried_over::numeric, 0), s.projected_units::numeric,
           s.actual_cost::numeric, s.actual_units::numeric
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    ON CONFLICT (institution_id, resource, class, period_start) DO UPDATE
       SET period_end = excluded.period_end, cost_pool = excluded.cost_pool, carried_over = excluded.carried_over,
           projected_units = excluded.projected_units, actual_cost = excluded.actual_cost,
           actual_units = excluded.actual_units
     WHERE (k.period_end, k.cost_pool, k.carried_over, k.projected_units, k.actual_cost, k.actual_units)
           IS DISTINCT FROM (excluded.period_end, excluded.cost_pool, excluded.carried_over,
                             excluded.projected_units, excluded.actual_cost, excluded.actual_units);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION import.apply_rate_studies() IS 'import.apply_file for the kind rate-studies';

GRANT EXECUTE ON FUNCTION import.apply_rate_studies() TO hm_rater;
