CREATE FUNCTION fund.boundaries(of_institution integer) RETURNS TABLE (boundary timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH span (valid) AS (
            SELECT valid FROM fund.versions(of_institution)
            UNION ALL
            SELECT valid FROM fund.assignment WHERE institution_id = of_institution
            UNION ALL
            SELECT valid FROM fund.cap WHERE institution_id = of_institution
            UNION ALL
            SELECT valid FROM org.unit_parent WHERE institution_id = of_institution
            UNION ALL
            SELECT pays FROM fund.terms(of_institution)
            UNION ALL
            SELECT tstzrange(a.effective::timestamp AT TIME ZONE i.time_zone, NULL)
            FROM fund.amendment AS a
            JOIN fund.fund AS f USING (fund_id)
            JOIN org.institution AS i USING (institution_id)
            WHERE i.institution_id = of_institution AND a.amount <> 0
        )
        SELECT lower(valid) FROM span WHERE lower(valid) IS NOT NULL
        UNION
        SELECT upper(valid) FROM span WHERE upper(valid) IS NOT NULL;
    END;
COMMENT ON FUNCTION fund.boundaries(integer) IS 'Instants at which it may change which of an institution''s funds pay for whom (UTC)';

GRANT EXECUTE ON FUNCTION fund.boundaries(integer) TO hm_rater;
