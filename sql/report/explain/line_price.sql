CREATE FUNCTION report.line_price(of_price integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'price_id', b.price_id,
        'institution', i.code,
        'resource', b.resource,
        'class', b.class,
        'rate_class', b.rate_class,
        'rate', b.rate,
        'rate_unit', i.currency || ' per ' || r.priced_unit,
        'market_rate', b.market_rate,
        'valid_from', lower(coalesce(b.was_valid, b.valid)),
        'valid_to', upper(coalesce(b.was_valid, b.valid)),
        'source', b.source,
        'voided', b.void_reason,
        'entered_at', c.changed_at,
        'entered_by', c.changed_by)
    FROM price.book AS b
    JOIN price.resource AS r ON r.code = b.resource
    JOIN org.institution AS i USING (institution_id)
    LEFT JOIN LATERAL (
        SELECT c.changed_at, c.changed_by
        FROM audit.change AS c
        WHERE c.table_name = 'price.book' AND c.operation = 'INSERT'
          AND (c.new_row ->> 'price_id')::integer = b.price_id
    ) AS c ON true
    WHERE b.price_id = of_price
$$;
COMMENT ON FUNCTION report.line_price(integer) IS 'A row of the price book: the rate in rate_unit, when it holds (UTC), who entered it and when; null: there is none';

GRANT EXECUTE ON FUNCTION report.line_price(integer) TO hm_owner; -- a part of report.explain_line()
