-- Same institution, resource, class, rate class and start: same row of the book.
CREATE FUNCTION import.stage_prices() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, i.institution_id, s.resource, s.class, coalesce(s.rate_class, 'internal') AS rate_class,
               s.rate::numeric AS rate, s.market_rate::numeric AS market_rate,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        JOIN org.institution AS i ON i.code = s.institution
    ),
    merged AS (
        SELECT s.line, s.institution_id, s.resource, s.class, s.rate_class, s.rate, s.valid, b.price_id,
               CASE WHEN (SELECT import.has_column('market_rate')) THEN s.market_rate ELSE b.market_rate END
                   AS market_rate
        FROM s
        LEFT JOIN price.book AS b
               ON b.institution_id = s.institution_id AND b.resource = s.resource
              AND b.class IS NOT DISTINCT FROM s.class AND b.rate_class = s.rate_class
              AND lower(b.valid) = lower(s.valid)
    )
    SELECT n.*, 'price.book' AS fact, n.price_id::bigint AS row_id, b.source AS row_source,
           b.price_id IS NOT NULL
           AND (b.rate, b.market_rate, b.valid) IS NOT DISTINCT FROM (n.rate, n.market_rate, n.valid) AS is_same,
           ARRAY['price'] AS laws,
           ARRAY[concat_ws('/', n.institution_id, n.resource, n.rate_class, n.class)] AS keys
    FROM merged AS n
    LEFT JOIN price.book AS b USING (price_id);
END
$$;
COMMENT ON FUNCTION import.stage_prices() IS 'import.stage_file for the kind prices';

GRANT EXECUTE ON FUNCTION import.stage_prices() TO hm_rater;
