CREATE FUNCTION import.apply_customers(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE price.customer AS k SET rate_class = s.rate_class, valid = s.valid
    FROM staged AS s WHERE k.customer_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO price.customer (provider_id, institution_id, rate_class, valid, source)
    SELECT s.provider_id, s.institution_id, s.rate_class, s.valid, apply_customers.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_customers(text) IS 'import.apply_file for the kind customers';

GRANT EXECUTE ON FUNCTION import.apply_customers(text) TO hm_rater;
