CREATE FUNCTION ledger.month_of(of_institution text, of_month text, OUT institution_id integer, OUT month date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT i.institution_id INTO month_of.institution_id
    FROM org.institution AS i
    WHERE i.code = of_institution AND i.institution_id <> 0
      AND (org.sees_all() OR i.institution_id = ANY (org.known_institutions()));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no institution "%"', of_institution USING ERRCODE = 'no_data_found';
    END IF;
    IF of_month !~ '^\d{4}-(0[1-9]|1[0-2])$' THEN
        RAISE EXCEPTION '"%" is not a month such as 2026-09', of_month USING ERRCODE = 'invalid_parameter_value';
    END IF;
    month := (of_month || '-01')::date;
END
$$;
COMMENT ON FUNCTION ledger.month_of(text, text) IS 'The institution of that code and the first day of a month such as 2026-09; an error that says which of them is not one';

GRANT EXECUTE ON FUNCTION ledger.month_of(text, text) TO hm_finance, hm_controller, hm_steward;
