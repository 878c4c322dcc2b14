CREATE FUNCTION import.scope_id(of_institution integer, scope text, code text) RETURNS integer
    LANGUAGE sql STABLE
    RETURN CASE scope
        WHEN 'fund'   THEN (SELECT f.fund_id FROM fund.fund AS f
                            WHERE f.institution_id = of_institution AND f.code = scope_id.code)
        WHEN 'plan'   THEN (SELECT p.plan_id FROM fund.plan AS p
                            WHERE p.institution_id = of_institution AND p.code = scope_id.code)
        WHEN 'unit'   THEN (SELECT u.unit_id FROM org.unit AS u
                            WHERE u.institution_id = of_institution AND u.code = scope_id.code)
        WHEN 'group'  THEN (SELECT g.group_id FROM org.user_group AS g
                            JOIN org.institution AS i USING (institution_id)
                            WHERE (g.institution_id = of_institution AND g.code = scope_id.code)
                               OR i.code || '/' || g.code = scope_id.code)
        WHEN 'person' THEN (SELECT p.person_id FROM org.person AS p WHERE p.code = scope_id.code)
    END;
COMMENT ON FUNCTION import.scope_id(integer, text, text) IS 'Id of what a row of an institution names by its scope and code (a group of another one as institution/group); null: there is none, or it is a tag';

GRANT EXECUTE ON FUNCTION import.scope_id(integer, text, text) TO hm_rater;
