-- A change of a rate is a new row, never an edit: the one that is replaced is voided. An end may move, and the market
-- rate beside it may be mended.
CREATE FUNCTION import.apply_prices(source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM staged WHERE NOT is_same;
    PERFORM audit.void_rows('price.book', array_agg(b.price_id::bigint), 'replaced by another rate from the same time on')
    FROM staged AS s
    JOIN price.book AS b ON b.price_id = s.row_id
    WHERE b.rate <> s.rate;
    UPDATE price.book AS b SET market_rate = s.market_rate, valid = s.valid
    FROM staged AS s WHERE b.price_id = s.row_id AND NOT s.is_same AND b.voided_at IS NULL;
    INSERT INTO price.book (institution_id, resource, class, rate_class, rate, market_rate, valid, source)
    SELECT s.institution_id, s.resource, s.class, s.rate_class, s.rate, s.market_rate, s.valid, apply_prices.source
    FROM staged AS s
    LEFT JOIN price.book AS b ON b.price_id = s.row_id
    WHERE s.row_id IS NULL OR b.voided_at IS NOT NULL;
    RETURN n;
END
$$;
COMMENT ON FUNCTION import.apply_prices(text) IS 'import.apply_file for the kind prices';

GRANT EXECUTE ON FUNCTION import.apply_prices(text) TO hm_rater;
