CREATE FUNCTION import.known_groups()
    RETURNS TABLE (about text, row_id integer, institution_id integer, group_code text, subject text,
                   target text, valid tstzrange)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'unit', k.group_unit_id, g.institution_id, g.code, format('%s/%s', g.institution_id, g.code),
               u.code, k.valid
        FROM org.group_unit AS k
        JOIN org.user_group AS g USING (group_id)
        JOIN org.unit AS u USING (unit_id)
        UNION ALL
        SELECT 'hub', k.hub_group_id, g.institution_id, g.code, k.hub,
               format('%s/%s', g.institution_id, g.code), k.valid
        FROM org.hub_group AS k
        JOIN org.user_group AS g USING (group_id)
        UNION ALL
        SELECT 'policy', k.group_policy_id, k.institution_id, NULL, k.institution_id::text, k.policy, k.valid
        FROM org.group_policy AS k;
    END;
COMMENT ON FUNCTION import.known_groups() IS 'What is stored of the kind groups, a row for each thing that holds for a time: the unit of a group, the group of a hub, the policy of an institution. Subject: of which there is one at a time; target: what it is then';

GRANT EXECUTE ON FUNCTION import.known_groups() TO hm_rater;
