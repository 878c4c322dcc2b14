CREATE FUNCTION charge.fee_waits(of_fee integer, of_month date, computed_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT computed_at IS NULL
            OR computed_at = '-infinity' AND (SELECT f.kind = 'membership' FROM price.fee AS f WHERE f.fee_id = of_fee)
            OR EXISTS (SELECT FROM price.fee_hub AS b
                       JOIN usage.hub AS h ON h.name = b.hub
                       JOIN charge.run_day AS d USING (hub_id)
                       JOIN charge.run AS n USING (run_id)
                       WHERE b.fee_id = of_fee AND d.day >= of_month AND d.day < of_month + interval '1 month'
                         AND d.rated_at > computed_at AND n.reason <> 'bill');
    END;
COMMENT ON FUNCTION charge.fee_waits(integer, date, timestamptz) IS 'Has a month of a fee to be looked at since it was last computed (null: never)? A day of one of its hubs changed, or the fee itself did';

GRANT EXECUTE ON FUNCTION charge.fee_waits(integer, date, timestamptz) TO hm_owner; -- a part of charge.rate_fees()
