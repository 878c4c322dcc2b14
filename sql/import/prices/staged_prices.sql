-- Same institution, resource, class and start: same row of the book.
CREATE FUNCTION import.staged_prices()
    RETURNS TABLE (line integer, institution_id integer, resource text, class text,
                   rate numeric, market_rate numeric,
                   starts timestamptz, ends timestamptz, price_id integer)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, s.resource, s.class,
               s.rate::numeric AS rate, s.market_rate::numeric AS market_rate,
               import.parse_instant(s.valid_from, i.time_zone) AS starts,
               import.parse_instant(s.valid_to, i.time_zone)   AS ends
        FROM import_stage AS s
        JOIN org.institution AS i ON i.code = s.institution
    )
    SELECT s.line, s.institution_id, s.resource, s.class, s.rate,
           CASE WHEN (SELECT import.has_column('market_rate')) THEN s.market_rate ELSE b.market_rate END,
           s.starts, s.ends, b.price_id
    FROM s
    LEFT JOIN price.book AS b
           ON b.institution_id = s.institution_id AND b.resource = s.resource
          AND b.class IS NOT DISTINCT FROM s.class AND lower(b.valid) = s.starts;
END
$$;
COMMENT ON FUNCTION import.staged_prices() IS 'The rows of import_stage as rows of the price book, with the stored row each one is';

GRANT EXECUTE ON FUNCTION import.staged_prices() TO hm_rater;
