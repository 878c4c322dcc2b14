CREATE FUNCTION charge.tariff(of_hub integer, of_day date)
    RETURNS TABLE (starts timestamptz, class_id integer, resource text, price_id integer, rate numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT ON (s.starts, c.class_id, b.resource)
               s.starts, c.class_id, b.resource, b.price_id, b.rate
        FROM charge.segments(of_hub, of_day) AS s
        JOIN price.book AS b ON b.institution_id = s.provider_id AND b.valid @> s.starts
        JOIN usage.resource_class AS c ON c.name = b.class OR b.class IS NULL
        ORDER BY s.starts, c.class_id, b.resource, b.class NULLS LAST;
    END;
COMMENT ON FUNCTION charge.tariff(integer, date) IS 'The price of every class and resource on a hub in each segment of a UTC day: the class''s own row of the price book, else the row for any class';

GRANT EXECUTE ON FUNCTION charge.tariff(integer, date) TO hm_rater;
