CREATE FUNCTION import.apply_file(kind text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE kind
        WHEN 'org'         THEN RETURN import.apply_org();
        WHEN 'people'      THEN RETURN import.apply_people();
        WHEN 'memberships' THEN RETURN import.apply_memberships();
        WHEN 'groups'      THEN RETURN import.apply_groups();
        WHEN 'members'     THEN RETURN import.apply_members();
        WHEN 'prices'      THEN RETURN import.apply_prices();
        ELSE RAISE EXCEPTION 'unknown kind "%"', kind USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
COMMENT ON FUNCTION import.apply_file(text) IS 'Take over import_stage, which import.check_file passed; returns rows changed (0 the second time) and marks the days to rate again';

GRANT EXECUTE ON FUNCTION import.apply_file(text) TO hm_rater;
