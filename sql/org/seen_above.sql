-- With the rights of the owner, so that whoever asks needs none on the tree itself.
CREATE FUNCTION org.seen_above()
    RETURNS TABLE (institution_id integer, unit_id integer, ancestor_id integer, distance integer, valid tstzrange)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.institution_id, a.unit_id, a.ancestor_id, a.distance, a.valid
    FROM org.institution AS i
    CROSS JOIN LATERAL org.units_above(i.institution_id) AS a
    WHERE org.sees_institution(i.institution_id) OR a.ancestor_id IN (SELECT s.unit_id FROM org.unit_spans() AS s)
$$;
COMMENT ON FUNCTION org.seen_above() IS 'As org.units_above(), of all institutions: the departments that whoever asks may see, each with itself and all that was ever below it, and when';

GRANT EXECUTE ON FUNCTION org.seen_above() TO hm_rater, hm_finance, hm_steward, hm_dashboard;
