-- With the rights of the owner: it says nothing of others.
CREATE FUNCTION report.sight()
    RETURNS TABLE (identity text, scope text, institution text, code text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT org.identity(), 'federation', NULL::text, NULL::text WHERE org.sees_all()
    UNION ALL
    SELECT org.identity(), 'institution', i.code, NULL
    FROM org.institution AS i WHERE i.institution_id = ANY (org.seen_institutions())
    UNION ALL
    SELECT org.identity(), 'unit', i.code, u.code
    FROM org.unit_spans() AS s JOIN org.unit AS u USING (unit_id) JOIN org.institution AS i USING (institution_id)
    UNION ALL
    SELECT org.identity(), 'group', i.code, g.code
    FROM org.user_group AS g JOIN org.institution AS i USING (institution_id) WHERE g.group_id = ANY (org.seen_groups())
    UNION ALL
    SELECT org.identity(), 'person', NULL, p.code FROM org.person AS p WHERE p.person_id = ANY (org.seen_people())
    UNION ALL
    SELECT org.identity(), 'fund', i.code, f.code
    FROM fund.fund AS f JOIN org.institution AS i USING (institution_id) WHERE f.fund_id = ANY (org.seen_funds())
$$;
COMMENT ON FUNCTION report.sight() IS 'What whoever asks may see in reports, and as whom: a row for each federation, institution, unit (also those that were below only for a time), group, person and fund';

GRANT EXECUTE ON FUNCTION report.sight()
    TO hm_finance, hm_rater, hm_controller, hm_steward, hm_instructor, hm_member, hm_dashboard;
