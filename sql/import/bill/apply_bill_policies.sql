-- The file is all policies of the institutions that it names.
CREATE FUNCTION import.apply_bill_policies() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    differs boolean;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT i.institution_id, s.component, s.policy, u.unit_id, s.ppm::integer AS ppm
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit;
    SELECT EXISTS (
        (TABLE wanted EXCEPT SELECT institution_id, component, policy, unit_id, ppm FROM bill.policy)
        UNION ALL
        (SELECT institution_id, component, policy, unit_id, ppm FROM bill.policy
         WHERE institution_id IN (SELECT institution_id FROM wanted)
         EXCEPT TABLE wanted)) INTO differs;
    IF differs THEN
        DELETE FROM bill.policy WHERE institution_id IN (SELECT institution_id FROM wanted);
        INSERT INTO bill.policy (institution_id, component, policy, unit_id, ppm) TABLE wanted;
        GET DIAGNOSTICS n = ROW_COUNT;
        UPDATE bill.statement SET is_dirty = true WHERE institution_id IN (SELECT institution_id FROM wanted);
    END IF;
    DROP TABLE wanted;
    RETURN coalesce(n, 0);
END
$$;
COMMENT ON FUNCTION import.apply_bill_policies() IS 'import.apply_file for the kind bill-policies';

GRANT EXECUTE ON FUNCTION import.apply_bill_policies() TO hm_rater;
