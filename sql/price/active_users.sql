CREATE FUNCTION price.active_users(of_fee integer, of_month date) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT count(*) FROM price.active_user(of_fee, of_month);
    END;
COMMENT ON FUNCTION price.active_users(integer, date) IS 'How many price.active_user() are: what a fee for active users goes by';

GRANT EXECUTE ON FUNCTION price.active_users(integer, date) TO hm_rater;
