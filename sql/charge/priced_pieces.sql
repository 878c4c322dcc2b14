CREATE FUNCTION charge.priced_pieces(of_hub integer, of_day date, usernames text[], by_slot boolean)
    RETURNS TABLE (starts timestamptz, username text, server_name text, tag text, kind smallint,
                   class_id integer, resource text, used numeric, reserved numeric, billable numeric,
                   first_slot timestamptz, last_slot timestamptz,
                   provider_id integer, month date, currency text, price_id integer, rate numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.*, s.provider_id, s.month, s.currency, t.price_id, t.rate
        FROM charge.pieces(of_hub, of_day, usernames, by_slot) AS p
        JOIN charge.segments(of_hub, of_day) AS s USING (starts)
        LEFT JOIN charge.external_users(of_hub, of_day) AS x USING (starts, username)
        LEFT JOIN charge.tariff(of_hub, of_day) AS t
               ON (t.starts, t.class_id, t.resource) = (p.starts, p.class_id, p.resource)
              AND t.rate_class = coalesce(x.rate_class, 'internal');
    END;
COMMENT ON FUNCTION charge.priced_pieces(integer, date, text[], boolean) IS 'charge.pieces with who provides, the month and currency there, and the row of the price book; price_id is null without a price';

GRANT EXECUTE ON FUNCTION charge.priced_pieces(integer, date, text[], boolean) TO hm_rater;
