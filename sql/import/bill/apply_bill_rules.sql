-- The file is all rules of the institutions that it names, in its order.
CREATE FUNCTION import.apply_bill_rules() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    differs boolean;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT i.institution_id, row_number() OVER (PARTITION BY i.institution_id ORDER BY s.line)::integer AS ordinal,
           s.account, s.service, s.category, s.resource, s.tag, s.tag_value, s.hub, s.component, s.class,
           s.provisioned_gib::bigint AS provisioned_gib
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution;
    SELECT EXISTS (
        (TABLE wanted EXCEPT SELECT institution_id, ordinal, account, service, category, resource, tag, tag_value, hub,
                                    component, class, provisioned_gib FROM bill.rule)
        UNION ALL
        (SELECT institution_id, ordinal, account, service, category, resource, tag, tag_value, hub, component, class,
                provisioned_gib
         FROM bill.rule WHERE institution_id IN (SELECT institution_id FROM wanted)
         EXCEPT TABLE wanted)) INTO differs;
    IF differs THEN
        DELETE FROM bill.rule WHERE institution_id IN (SELECT institution_id FROM wanted);
        INSERT INTO bill.rule (institution_id, ordinal, account, service, category, resource, tag, tag_value, hub,
                               component, class, provisioned_gib)
        TABLE wanted;
        GET DIAGNOSTICS n = ROW_COUNT;
        UPDATE bill.statement SET is_dirty = true WHERE institution_id IN (SELECT institution_id FROM wanted);
    END IF;
    DROP TABLE wanted;
    RETURN coalesce(n, 0);
END
$$;
COMMENT ON FUNCTION import.apply_bill_rules() IS 'import.apply_file for the kind bill-rules';

GRANT EXECUTE ON FUNCTION import.apply_bill_rules() TO hm_rater;
