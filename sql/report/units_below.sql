-- With the rights of the owner, so that finance needs none on the tree itself.
CREATE FUNCTION report.units_below(top text, of_month date)
    RETURNS TABLE (institution text, department text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT i.code AS institution, u.code AS department, u.unit_id,
               (of_month + interval '1 month') AT TIME ZONE i.time_zone - usage.slot_length() AS at
        FROM org.unit AS u
        JOIN org.institution AS i USING (institution_id)
        WHERE u.code = top
        UNION
        SELECT b.institution, u.code, u.unit_id, b.at
        FROM below AS b
        JOIN org.unit_parent AS e ON e.parent_id = b.unit_id AND e.valid @> b.at
        JOIN org.unit AS u ON u.unit_id = e.unit_id
    )
    SELECT top_row.institution, top_row.department FROM below AS top_row
    UNION
    SELECT i.code, top FROM org.institution AS i WHERE top = '(suspense)'
$$;
COMMENT ON FUNCTION report.units_below(text, date) IS 'A department and all below it, as the tree is at the end of the month; (suspense) is one of every institution';

GRANT EXECUTE ON FUNCTION report.units_below(text, date) TO hm_finance, hm_rater, hm_controller, hm_steward;
