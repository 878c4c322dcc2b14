CREATE FUNCTION fund.release_server(hub text, username text, server_name text, reason text,
                                    at timestamptz DEFAULT now())
    RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = hub) THEN
        RAISE EXCEPTION 'no hub %', quote_ident(left(hub, 64)) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce((SELECT fund.close_lien(n.lien_id, release_server.reason, coalesce(at, now()))
                     FROM fund.lien AS n
                     JOIN usage.hub AS h USING (hub_id)
                     WHERE h.name = hub AND n.username = release_server.username
                       AND n.server_name = coalesce(release_server.server_name, '') AND n.released_at IS NULL), false);
END
$$;
COMMENT ON FUNCTION fund.release_server(text, text, text, text, timestamptz) IS 'Release the lien of a user''s server (empty: the default one) on a hub, at an instant (UTC), for a reason. Was one open? Again changes nothing';

GRANT EXECUTE ON FUNCTION fund.release_server(text, text, text, text, timestamptz) TO hm_admission, hm_rater;
