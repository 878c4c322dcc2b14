-- With the rights of the owner: whoever sees a charge may know whose hub it is for, although not that institution itself.
CREATE FUNCTION report.hub_owners() RETURNS TABLE (institution_id integer, code text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.institution_id, i.code, i.name
    FROM org.institution AS i
    WHERE i.institution_id = 0
       OR i.institution_id IN (SELECT institution_id FROM org.hub_owner UNION SELECT institution_id FROM price.fee)
$$;
COMMENT ON FUNCTION report.hub_owners() IS 'Institutions that own a hub or did, or charge a fee: code and name';

GRANT EXECUTE ON FUNCTION report.hub_owners() TO hm_finance, hm_rater;
