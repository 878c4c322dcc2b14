-- Where a rate is going to change while the server may run, the greatest holds: what is held is then enough
-- whenever in its time the server uses it.
CREATE FUNCTION fund.request_price(of_hub integer, of_class integer, of_user text, cpu_milli bigint, memory_mib bigint,
                                   gpu_milli bigint, max_seconds bigint, at timestamptz)
    RETURNS TABLE (resource text, amount numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH span AS (
            SELECT request_price.at AS starts, request_price.at + max_seconds * interval '1 second' AS ends
        ),
        change AS (
            SELECT b.valid FROM price.book AS b
            UNION ALL
            SELECT k.valid FROM price.customer AS k
        ),
        day AS (
            SELECT (s.starts AT TIME ZONE 'UTC')::date AS day FROM span AS s
            UNION
            SELECT (e.at AT TIME ZONE 'UTC')::date
            FROM span AS s
            CROSS JOIN change AS c
            CROSS JOIN LATERAL (VALUES (lower(c.valid)), (upper(c.valid))) AS e (at)
            WHERE e.at > s.starts AND e.at < s.ends
        ),
        rate AS (
            SELECT t.resource, max(t.rate) AS rate
            FROM day AS d
            CROSS JOIN span AS p
            CROSS JOIN LATERAL charge.segments(of_hub, d.day) AS s
            LEFT JOIN charge.external_users(of_hub, d.day) AS x ON x.starts = s.starts AND x.username = of_user
            JOIN charge.tariff(of_hub, d.day) AS t
              ON t.starts = s.starts AND t.class_id = of_class AND t.rate_class = coalesce(x.rate_class, 'internal')
            WHERE s.starts < p.ends AND s.ends > p.starts
            GROUP BY t.resource
        )
        SELECT q.resource, charge.amount(q.quantity * max_seconds, t.rate, r.base_units)
        FROM (VALUES ('cpu', cpu_milli::numeric * 1000), ('memory', memory_mib), ('gpu', gpu_milli))
             AS q (resource, quantity)
        JOIN price.resource AS r ON r.code = q.resource
        LEFT JOIN rate AS t ON t.resource = q.resource
        WHERE q.quantity > 0;
    END;
COMMENT ON FUNCTION fund.request_price IS 'What a server of so many thousandths of cores and GPUs and MiB costs in so many seconds from an instant (UTC) on, each resource at its greatest rate in that time, in the currency of the hub''s owner; amount is null without a price';

GRANT EXECUTE ON FUNCTION fund.request_price TO hm_owner; -- a part of fund.can_spawn()
