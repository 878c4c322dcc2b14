CREATE FUNCTION ledger.half_even(amount numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN abs(amount - trunc(amount, 2)) = 0.005 THEN round(amount / 2, 2) * 2 ELSE round(amount, 2) END;
COMMENT ON FUNCTION ledger.half_even(numeric) IS 'To cents; a half to the even cent';

GRANT EXECUTE ON FUNCTION ledger.half_even(numeric) TO hm_owner; -- a part of ledger.close()
