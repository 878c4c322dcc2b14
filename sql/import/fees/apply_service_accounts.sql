-- The file is all service accounts of the hubs that it names.
CREATE FUNCTION import.apply_service_accounts() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    added bigint;
BEGIN
    DELETE FROM price.service_account AS a
    WHERE a.hub IN (SELECT hub FROM import_stage)
      AND (a.hub, a.username) NOT IN (SELECT hub, username FROM import_stage);
    GET DIAGNOSTICS removed = ROW_COUNT;
    INSERT INTO price.service_account (hub, username)
    SELECT hub, username FROM import_stage ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF removed + added > 0 THEN
        PERFORM charge.forget_fees();
    END IF;
    RETURN removed + added;
END
$$;
COMMENT ON FUNCTION import.apply_service_accounts() IS 'import.apply_file for the kind service-accounts';

GRANT EXECUTE ON FUNCTION import.apply_service_accounts() TO hm_rater;
