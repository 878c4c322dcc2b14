CREATE FUNCTION fund.priced_request(of_hub integer, of_class integer, of_user text, cpu_milli bigint, memory_mib bigint,
                                    gpu_milli bigint, max_seconds bigint, at timestamptz) RETURNS numeric
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    price numeric;
    unpriced text;
BEGIN
    SELECT sum(p.amount), string_agg(p.resource, ', ' ORDER BY p.resource) FILTER (WHERE p.amount IS NULL)
    INTO price, unpriced
    FROM fund.request_price(of_hub, of_class, of_user, cpu_milli, memory_mib, gpu_milli, max_seconds, at) AS p;
    IF unpriced IS NOT NULL THEN
        RAISE EXCEPTION 'no price for %: leave it out of the request, or import one (0 where it is free)', unpriced
              USING ERRCODE = 'invalid_parameter_value';
    ELSIF price >= 100000000000 THEN
        RAISE EXCEPTION 'a price of % can''t be booked', price USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN price;
END
$$;
COMMENT ON FUNCTION fund.priced_request IS 'The sum of fund.request_price(), to nano-units of the currency; an error where a resource has no price';

GRANT EXECUTE ON FUNCTION fund.priced_request TO hm_owner; -- a part of fund.can_spawn()
