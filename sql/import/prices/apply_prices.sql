CREATE FUNCTION import.apply_prices(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    added bigint;
BEGIN
    -- Those that are there already first: they make room.
    UPDATE price.book AS b SET rate = s.rate, market_rate = s.market_rate, valid = s.valid
    FROM staged AS s WHERE b.price_id = s.row_id AND NOT s.is_same;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO price.book (institution_id, resource, class, rate, market_rate, valid, source)
    SELECT s.institution_id, s.resource, s.class, s.rate, s.market_rate, s.valid, apply_prices.source
    FROM staged AS s WHERE s.row_id IS NULL;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN changed + added;
END
$$;
COMMENT ON FUNCTION import.apply_prices(text) IS 'import.apply_file for the kind prices';

GRANT EXECUTE ON FUNCTION import.apply_prices(text) TO hm_rater;
