CREATE FUNCTION usage.hide_hub(from_login text, hub text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM usage.hub_operator AS o WHERE o.login = from_login AND o.hub = hide_hub.hub;
    IF NOT FOUND THEN
        RAISE EXCEPTION '"%" does not see hub "%"', from_login, hub
              USING ERRCODE = 'no_data_found', HINT = 'usage.hub_operator has who sees which.';
    END IF;
END
$$;
COMMENT ON FUNCTION usage.hide_hub(text, text) IS 'The login sees the hub no more, from its next query on';

GRANT EXECUTE ON FUNCTION usage.hide_hub(text, text) TO hm_rater;
