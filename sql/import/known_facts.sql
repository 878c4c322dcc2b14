-- The keys are spelt as the functions import.stage_... spell them.
CREATE FUNCTION import.known_facts()
    RETURNS TABLE (law text, fact text, row_id bigint, source text, key text, valid tstzrange)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'parent', 'org.unit_parent', e.unit_parent_id, e.source, i.code || '/' || u.code, e.valid
        FROM org.unit_parent AS e
        JOIN org.unit AS u USING (unit_id)
        JOIN org.institution AS i ON i.institution_id = u.institution_id
        UNION ALL
        SELECT 'owner', 'org.hub_owner', hub_owner_id, source, hub, valid
        FROM org.hub_owner
        UNION ALL
        SELECT 'username', 'org.alias', alias_id, source, hub || '/' || username, valid
        FROM org.alias
        UNION ALL
        SELECT 'membership', 'org.membership', membership_id, source, person_id || '/' || unit_id, valid
        FROM org.membership
        UNION ALL
        SELECT 'home', 'org.membership', membership_id, source, person_id::text, valid
        FROM org.membership
        WHERE home
        UNION ALL
        SELECT 'unit', 'org.group_unit', k.group_unit_id, k.source, g.institution_id || '/' || g.code, k.valid
        FROM org.group_unit AS k
        JOIN org.user_group AS g USING (group_id)
        UNION ALL
        SELECT 'hub', 'org.hub_group', hub_group_id, source, hub, valid
        FROM org.hub_group
        UNION ALL
        SELECT 'policy', 'org.group_policy', group_policy_id, source, institution_id::text, valid
        FROM org.group_policy
        UNION ALL
        SELECT 'member', 'org.group_member', group_member_id, source, person_id || '/' || group_id, valid
        FROM org.group_member
        UNION ALL
        SELECT 'default', 'org.group_member', group_member_id, source, person_id::text, valid
        FROM org.group_member
        WHERE is_default
        UNION ALL
        SELECT 'price', 'price.book', price_id, source, concat_ws('/', institution_id, resource, rate_class, class), valid
        FROM price.book
        UNION ALL
        SELECT 'settlement', 'org.settlement', settlement_id, source,
               to_json(ARRAY[hub, username, tag])::text, valid
        FROM org.settlement
        UNION ALL
        SELECT 'domain', 'org.domain', domain_id, source, domain, valid
        FROM org.domain
        UNION ALL
        SELECT 'customer', 'price.customer', customer_id, source, provider_id || '/' || institution_id, valid
        FROM price.customer
        UNION ALL
        SELECT 'assignment', 'fund.assignment', assignment_id, source,
               concat_ws('/', institution_id, scope, coalesce(unit_id, group_id, person_id), tag), valid
        FROM fund.assignment
        UNION ALL
        SELECT 'cap', 'fund.cap', cap_id, source,
               concat_ws('/', institution_id, scope, coalesce(fund_id, plan_id, unit_id, person_id), cap_window), valid
        FROM fund.cap
        UNION ALL
        SELECT 'steward', 'budget.steward', steward_id, source, unit_id || '/' || login, valid
        FROM budget.steward
        UNION ALL
        SELECT 'reader', 'org.reader', reader_id, source,
               concat_ws('/', scope, coalesce(institution_id, 0),
                         coalesce(unit_id, group_id, person_id, fund_id, 0), login),
               valid
        FROM org.reader;
    END;
COMMENT ON FUNCTION import.known_facts() IS 'What is stored and holds for a time, with what there is one of at a time (import.law): a row for each law that it falls under';

GRANT EXECUTE ON FUNCTION import.known_facts() TO hm_rater;
