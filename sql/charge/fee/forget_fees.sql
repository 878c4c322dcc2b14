CREATE FUNCTION charge.forget_fees() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC
        UPDATE price.fee_month SET computed_at = '-infinity';
    END;
COMMENT ON FUNCTION charge.forget_fees() IS 'Have every month of every fee looked at again by charge.rate_fees()';

GRANT EXECUTE ON FUNCTION charge.forget_fees() TO hm_rater;
