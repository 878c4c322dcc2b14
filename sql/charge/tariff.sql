CREATE FUNCTION charge.tariff(of_hub integer, of_day date)
    RETURNS TABLE (starts timestamptz, class_id integer, resource text, rate_class text, price_id integer, rate numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT ON (s.starts, c.class_id, b.resource, r.rate_class)
               s.starts, c.class_id, b.resource, r.rate_class, b.price_id, b.rate
        FROM charge.segments(of_hub, of_day) AS s
        JOIN price.book AS b ON b.institution_id = s.provider_id AND b.valid @> s.starts
        JOIN usage.resource_class AS c ON c.name = b.class OR b.class IS NULL
        JOIN (VALUES ('internal'), ('external academic'), ('external')) AS r (rate_class)
          ON b.rate_class IN (r.rate_class, 'internal')
        ORDER BY s.starts, c.class_id, b.resource, r.rate_class, b.rate_class = 'internal' AND r.rate_class <> 'internal',
                 b.class NULLS LAST;
    END;
COMMENT ON FUNCTION charge.tariff(integer, date) IS 'The price of every class and resource for every rate class on a hub in each segment of a UTC day: the rate class''s own row of the price book, else the internal one; of these the class''s own, else the row for any class';

GRANT EXECUTE ON FUNCTION charge.tariff(integer, date) TO hm_rater;
