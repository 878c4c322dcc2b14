-- A hub may be kept to its own servers: what is another's is then as if it were not there.
CREATE FUNCTION fund.release_lien(lien bigint, reason text, hubs text[] DEFAULT NULL, at timestamptz DEFAULT now())
    RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM fund.lien AS n JOIN usage.hub AS h USING (hub_id)
                   WHERE n.lien_id = lien AND (hubs IS NULL OR h.name = ANY (hubs))) THEN
        RAISE EXCEPTION 'no lien %', lien USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN fund.close_lien(lien, reason, coalesce(at, now()));
END
$$;
COMMENT ON FUNCTION fund.release_lien(bigint, text, text[], timestamptz) IS 'Release a lien, at an instant (UTC), for a reason, if it is of one of these hubs (null: any): it holds nothing from then on. Was it open? Again changes nothing';

GRANT EXECUTE ON FUNCTION fund.release_lien(bigint, text, text[], timestamptz) TO hm_admission, hm_rater;
