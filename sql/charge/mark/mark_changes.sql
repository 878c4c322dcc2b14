-- All reference rows pass here, whoever changes them and how. What a table says is a relation of what is
-- asked about (a user name, a person, a hub, ...), an answer, and the times at which it is the answer; a
-- change of it concerns the times at which the answers before and after differ. Columns that no
-- charge depends on are left out of the answer.
CREATE FUNCTION charge.mark_changes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    hubs text[];
    usernames text[];
    during tstzmultirange[];
BEGIN
    WITH side AS (
        SELECT c.table_name, s.is_new, s.fact
        FROM change AS c
        CROSS JOIN LATERAL (VALUES (false, c.old_row), (true, c.new_row)) AS s (is_new, fact)
        WHERE s.fact IS NOT NULL
          AND CASE c.table_name
                  WHEN 'org.membership'  THEN (s.fact ->> 'home')::boolean
                  WHEN 'org.institution' THEN c.operation = 'UPDATE' -- a new one has no usage yet
                  ELSE c.table_name NOT IN ('org.unit', 'org.unit_parent', 'org.person')
              END
    ),
    answer AS (
        SELECT table_name, fact - ARRAY['valid', 'was_valid', 'voided_at', 'void_reason', 'source', 'name',
                                        'kind', 'role', 'market_rate', 'alias_id', 'membership_id',
                                        'hub_owner_id', 'group_unit_id', 'group_member_id',
                                        'hub_group_id', 'group_policy_id', 'settlement_id', 'domain_id', 'customer_id',
                                        'reason'] AS answer,
               coalesce(range_agg((coalesce(fact ->> 'valid', '(,)'))::tstzrange) FILTER (WHERE NOT is_new), '{}')
                   AS before,
               coalesce(range_agg((coalesce(fact ->> 'valid', '(,)'))::tstzrange) FILTER (WHERE is_new), '{}')
                   AS after
        FROM side
        GROUP BY 1, 2
    ),
    differs AS MATERIALIZED (
        SELECT table_name, answer, answer ->> 'hub' AS hub, answer ->> 'username' AS username,
               (answer ->> 'person_id')::integer AS person_id, (answer ->> 'group_id')::integer AS group_id,
               (answer ->> coalesce(CASE table_name WHEN 'price.customer' THEN 'provider_id' END,
                                    'institution_id'))::integer AS institution_id,
               before + after - before * after AS during
        FROM answer
        WHERE before <> after
    ),
    -- By itself, so that no plan reads all changes once for every name on a hub.
    policy AS MATERIALIZED (SELECT * FROM differs WHERE table_name = 'org.group_policy'),
    concerned (hub, username, during) AS (
        SELECT hub, nullif(username, ''), during FROM differs
        WHERE table_name IN ('org.alias', 'org.hub_group', 'org.hub_owner', 'org.settlement')
        UNION ALL
        SELECT h.name, w.username, range_agg(d.during)
        FROM (SELECT answer ->> 'domain' AS domain, range_agg(during) AS during
              FROM differs WHERE table_name = 'org.domain' GROUP BY 1) AS d
        JOIN usage.workload AS w ON org.in_domain(w.username, d.domain)
        JOIN usage.node AS n USING (node_id)
        JOIN usage.hub AS h USING (hub_id)
        GROUP BY h.name, w.username
        UNION ALL
        SELECT a.hub, a.username, d.during * a.valid::tstzmultirange
        FROM differs AS d
        JOIN org.alias AS a USING (person_id)
        WHERE d.table_name IN ('org.membership', 'org.group_member')
        UNION ALL
        SELECT a.hub, a.username, d.during * a.valid::tstzmultirange * m.valid::tstzmultirange
        FROM differs AS d
        JOIN org.group_member AS m USING (group_id)
        JOIN org.alias AS a ON a.person_id = m.person_id
        WHERE d.table_name IN ('org.user_group', 'org.group_unit')
        UNION ALL
        SELECT b.hub, NULL, d.during * b.valid::tstzmultirange
        FROM differs AS d
        JOIN org.hub_group AS b USING (group_id)
        WHERE d.table_name IN ('org.user_group', 'org.group_unit')
        UNION ALL
        -- The policy counts for people in groups, by their home or else by the owner of the hub.
        SELECT a.hub, a.username, d.during * a.valid::tstzmultirange
        FROM policy AS d
        CROSS JOIN org.alias AS a
        WHERE EXISTS (SELECT FROM org.group_member AS m WHERE m.person_id = a.person_id)
          AND (EXISTS (SELECT FROM org.membership AS h JOIN org.unit AS u USING (unit_id)
                       WHERE h.person_id = a.person_id AND u.institution_id = d.institution_id)
               OR EXISTS (SELECT FROM org.hub_owner AS o
                          WHERE o.hub = a.hub AND o.institution_id = d.institution_id))
        UNION ALL
        SELECT o.hub, NULL, d.during * o.valid::tstzmultirange
        FROM differs AS d
        JOIN org.hub_owner AS o USING (institution_id)
        WHERE d.table_name IN ('price.book', 'price.customer')
        UNION ALL
        -- Calendars and tags with the code of an institution, and what is true of hubs without an owner.
        SELECT h.name, NULL, d.during
        FROM differs AS d
        CROSS JOIN usage.hub AS h
        WHERE d.table_name = 'org.institution' OR d.institution_id = 0
    )
    SELECT array_agg(c.hub), array_agg(c.username), array_agg(c.during) INTO hubs, usernames, during
    FROM (SELECT c.hub, c.username, range_agg(c.during) AS during
          FROM concerned AS c
          WHERE NOT isempty(c.during)
          GROUP BY c.hub, c.username) AS c;

    IF hubs IS NOT NULL THEN
        PERFORM charge.mark_usage(hubs, usernames, during,
                                  (SELECT string_agg(DISTINCT format('%s of %s by hand', lower(operation), table_name), ', ')
                                   FROM change));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION charge.mark_changes() IS 'Trigger: have the usage rated again that changes of reference rows concern: exactly those people and days';

CREATE TRIGGER mark_changes AFTER INSERT ON audit.change REFERENCING NEW TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION charge.mark_changes();
