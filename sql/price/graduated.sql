CREATE FUNCTION price.graduated(of_fee integer, units bigint) RETURNS numeric
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(sum((least(units, coalesce(t.next, units)) - t.above) * t.rate), 0)
        FROM (SELECT above, rate, lead(above) OVER (ORDER BY above) AS next
              FROM price.fee_tier WHERE fee_id = of_fee) AS t
        WHERE units > t.above;
    END;
COMMENT ON FUNCTION price.graduated(integer, bigint) IS 'What so many units cost by the tiers of a fee, in its currency';

GRANT EXECUTE ON FUNCTION price.graduated(integer, bigint) TO hm_rater;
