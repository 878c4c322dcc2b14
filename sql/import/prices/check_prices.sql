CREATE FUNCTION import.check_prices()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN org.institution AS i ON i.code = s.institution AND i.institution_id <> 0
    LEFT JOIN price.resource AS r ON r.code = s.resource
    CROSS JOIN LATERAL (
        VALUES ('institution', s.institution, CASE
                    WHEN s.institution IS NULL THEN 'is required'
                    WHEN i.code IS NULL THEN 'unknown institution' END),
               ('resource', s.resource, CASE
                    WHEN s.resource IS NULL THEN 'is required'
                    WHEN s.resource NOT IN (SELECT code FROM price.resource)
                    THEN 'unknown resource: one of '
                         || (SELECT string_agg(code, ', ' ORDER BY ordinal) FROM price.resource) END),
               ('rate', s.rate, CASE
                    WHEN s.rate IS NULL THEN 'is required'
                    WHEN import.rate_fault(s.rate) IS NOT NULL THEN import.rate_fault(s.rate)
                    WHEN s.rate::numeric * r.most_units_a_day >= 100000000000
                    THEN 'is too high to be booked: under ' || trim_scale(100000000000.0 / r.most_units_a_day)
                         || ' per ' || r.priced_unit END),
               ('market_rate', s.market_rate, import.rate_fault(s.market_rate)),
               ('valid_from', s.valid_from, CASE
                    WHEN s.valid_from IS NULL THEN 'is required'
                    ELSE import.instant_fault(s.valid_from, coalesce(i.time_zone, 'UTC')) END),
               ('valid_to', s.valid_to,
                    import.end_fault(s.valid_from, s.valid_to, coalesce(i.time_zone, 'UTC')))
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
    IF FOUND THEN
        RETURN;
    END IF;

    -- What is stored and not in the file stays as it is. Every cell is sound by now.
    RETURN QUERY
    WITH staged AS MATERIALIZED (
        SELECT *, tstzrange(starts, ends) AS valid FROM import.staged_prices()
    ),
    other AS (
        SELECT line, institution_id, resource, class, valid FROM staged
        UNION ALL
        SELECT NULL, b.institution_id, b.resource, b.class, b.valid
        FROM price.book AS b
        WHERE b.price_id NOT IN (SELECT price_id FROM staged WHERE price_id IS NOT NULL)
    )
    SELECT DISTINCT ON (s.line)
           s.line, 'valid_from', f.valid_from,
           'a resource and class have one price at a time: overlaps '
           || CASE WHEN o.line IS NOT NULL THEN 'line ' || o.line
                   ELSE 'one that is stored, ' || o.valid::text || ' (import that one with its valid_to first)'
              END
    FROM staged AS s
    JOIN import_stage AS f USING (line)
    JOIN other AS o
      ON o.institution_id = s.institution_id
     AND o.resource = s.resource
     AND o.class IS NOT DISTINCT FROM s.class
     AND o.valid && s.valid
     AND (o.line IS NULL OR o.line < s.line)
    ORDER BY s.line, o.line NULLS LAST;
END
$$;
COMMENT ON FUNCTION import.check_prices() IS 'import.check_file for the kind prices';

GRANT EXECUTE ON FUNCTION import.check_prices() TO hm_rater;
