CREATE FUNCTION charge.external_users(of_hub integer, of_day date)
    RETURNS TABLE (starts timestamptz, username text, rate_class text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT s.starts, a.username, k.rate_class
        FROM charge.segments(of_hub, of_day) AS s
        JOIN price.customer AS k ON k.provider_id = s.provider_id AND k.valid @> s.starts
        JOIN org.unit AS u ON u.institution_id = k.institution_id
        JOIN org.membership AS m ON m.unit_id = u.unit_id AND m.home AND m.valid @> s.starts
        JOIN org.alias AS a ON a.person_id = m.person_id AND a.valid @> s.starts
        JOIN usage.hub AS h ON h.name = a.hub
        WHERE h.hub_id = of_hub;
    END;
COMMENT ON FUNCTION charge.external_users(integer, date) IS 'User names of a hub whose home institution is an external customer of the provider (price.customer), in each segment of a UTC day; everybody else is internal';

GRANT EXECUTE ON FUNCTION charge.external_users(integer, date) TO hm_rater;
