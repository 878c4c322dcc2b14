CREATE FUNCTION usage.show_hub(to_login text, hub text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles AS r
                   WHERE r.rolname = to_login AND r.rolcanlogin AND NOT r.rolsuper
                     AND pg_has_role(r.oid, 'hm_hub_ro', 'MEMBER')) THEN
        RAISE EXCEPTION 'there is no login "%" that is a member of hm_hub_ro', to_login
              USING ERRCODE = 'undefined_object',
                    HINT = format('Have a superuser say CREATE ROLE %I LOGIN IN ROLE hm_hub_ro.', to_login);
    END IF;
    INSERT INTO usage.hub_operator (login, hub) VALUES (to_login, show_hub.hub) ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION usage.show_hub(text, text) IS 'Let a login that is a member of hm_hub_ro see a hub in usage and ingest, also one that has sent nothing yet';

GRANT EXECUTE ON FUNCTION usage.show_hub(text, text) TO hm_rater;
