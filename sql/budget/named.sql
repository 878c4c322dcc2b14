-- With the rights of the owner: that there is a department of that name is no secret, what it may spend is.
CREATE FUNCTION budget.named(of_institution text, of_unit text)
    RETURNS TABLE (institution_id integer, code text, currency text, unit_id integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        SELECT o.institution_id, o.code, o.currency, u.unit_id
        FROM org.institution AS o
        LEFT JOIN org.unit AS u ON u.institution_id = o.institution_id AND u.code = of_unit
        WHERE o.code = of_institution AND o.institution_id <> 0;
    END;
COMMENT ON FUNCTION budget.named(text, text) IS 'An institution and a department of it, by code: no row, there is no such institution; unit_id null, no such department';

GRANT EXECUTE ON FUNCTION budget.named(text, text) TO hm_rater, hm_steward;
