-- What is valid at the first slot of the share: within a share the answer is the same. A row that has
-- changed since has the share waiting for rating.
CREATE FUNCTION report.share_evidence(of_line bigint, of_sequence integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        WITH share AS (
            SELECT s.*, h.name AS hub, g.username, g.tag
            FROM charge.line AS l
            JOIN charge.share AS s
              ON s.line_id = l.line_id AND s.hub_id = l.hub_id AND s.day = l.day AND s.line_month = l.month
            JOIN usage.hub AS h ON h.hub_id = s.hub_id
            JOIN charge.workload_group AS g ON g.workload_group_id = s.workload_group_id
            WHERE l.line_id = of_line AND s.sequence = of_sequence
        ),
        evidence (ordinal, what, says, valid, source) AS (
            SELECT 1, 'user name', format('%s on %s is person %s', a.username, a.hub, p.code), a.valid, a.source
            FROM share AS s
            JOIN org.alias AS a ON a.hub = s.hub AND a.username = s.username AND a.valid @> s.first_slot
            JOIN org.person AS p ON p.person_id = a.person_id
            UNION ALL
            SELECT 2, 'member of group', format('person %s is %s of %s', p.code, m.role, o.code)
                                         || coalesce(', weight ' || m.weight, '')
                                         || CASE WHEN m.is_default THEN ', default' ELSE '' END, m.valid, m.source
            FROM share AS s
            JOIN org.group_member AS m ON m.person_id = s.person_id AND m.valid @> s.first_slot
            JOIN org.user_group AS o ON o.group_id = m.group_id
            JOIN org.person AS p ON p.person_id = m.person_id
            WHERE s.rule IN ('weights', 'equal') OR m.group_id = s.group_id
            UNION ALL
            SELECT 3, 'hub of group', format('hub %s is there for %s', b.hub, o.code), b.valid, b.source
            FROM share AS s
            JOIN org.hub_group AS b ON b.hub = s.hub AND b.valid @> s.first_slot
            JOIN org.user_group AS o ON o.group_id = b.group_id
            WHERE s.rule = 'hub'
            UNION ALL
            SELECT 4, 'policy', format('policy of %s for people in several groups: %s', i.code, k.policy), k.valid, k.source
            FROM share AS s
            JOIN org.group_policy AS k ON k.policy = s.rule AND k.valid @> s.first_slot
            JOIN org.institution AS i ON i.institution_id = k.institution_id
            WHERE s.rule IN ('weights', 'equal')
              AND k.institution_id = coalesce(
                  (SELECT u.institution_id FROM org.membership AS m JOIN org.unit AS u USING (unit_id)
                   WHERE m.person_id = s.person_id AND m.home AND m.valid @> s.first_slot),
                  (SELECT provider_id FROM charge.line AS l WHERE l.line_id = s.line_id AND l.month = s.line_month))
            UNION ALL
            SELECT 5, 'department of group', format('%s is paid by %s', o.code, u.code), k.valid, k.source
            FROM share AS s
            JOIN org.group_unit AS k ON k.group_id = s.group_id AND k.valid @> s.first_slot
            JOIN org.user_group AS o ON o.group_id = k.group_id
            JOIN org.unit AS u ON u.unit_id = k.unit_id
            WHERE s.rule <> 'assigned'
            UNION ALL
            SELECT 6, 'membership', format('home of person %s is %s', p.code, u.code), m.valid, m.source
            FROM share AS s
            JOIN org.membership AS m ON m.person_id = s.person_id AND m.home AND m.valid @> s.first_slot
            JOIN org.unit AS u ON u.unit_id = m.unit_id
            JOIN org.person AS p ON p.person_id = m.person_id
            WHERE s.rule = 'home'
            UNION ALL
            SELECT 7, 'settlement', format('%s pays: %s', u.code, t.reason), t.valid, t.source
            FROM share AS s
            JOIN org.settlement AS t
              ON t.hub = s.hub AND t.username = s.username AND t.tag = s.tag AND t.valid @> s.first_slot
            JOIN org.unit AS u ON u.unit_id = t.unit_id
            WHERE s.rule = 'assigned'
            UNION ALL
            SELECT 8, 'domain', format('user names of %s are of %s', d.domain, i.code) || coalesce(', department ' || u.code, ''),
                   d.valid, d.source
            FROM share AS s
            JOIN org.domain AS d ON org.in_domain(s.username, d.domain) AND d.valid @> s.first_slot
            JOIN org.institution AS i ON i.institution_id = d.institution_id
            LEFT JOIN org.unit AS u ON u.unit_id = d.unit_id
            WHERE s.rule = 'domain' OR (s.rule = 'suspense' AND s.institution_id = d.institution_id)
        )
        SELECT coalesce(jsonb_agg(jsonb_build_object('what', what, 'says', says, 'valid_from', lower(valid),
                                                     'valid_to', upper(valid), 'source', source)
                                  ORDER BY ordinal, says), '[]')
        FROM evidence);
END
$$;
COMMENT ON FUNCTION report.share_evidence(bigint, integer) IS 'The rows of reference data that a share of a charge line stands on: what each says, when it holds (UTC; null: open) and who keeps it';

GRANT EXECUTE ON FUNCTION report.share_evidence(bigint, integer) TO hm_owner; -- a part of report.explain_line()
