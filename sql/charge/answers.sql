-- The first that applies: the group that the server's tag names, if the person is in it; the group that
-- the hub is there for; the person's default group, then the only one; several groups as the institution's
-- policy says; the home department; what somebody decided of usage that would be in suspense; the domain
-- of the user name; suspense. A tag of a group the person is not in goes to suspense unless it was
-- decided otherwise, or anybody could charge anybody.
--
-- Arrays run in parallel: each segment, user name and tag that has usage, once.
CREATE FUNCTION charge.answers(of_hub integer, of_day date,
                               at_starts timestamptz[], usernames text[], tags text[])
    RETURNS TABLE (starts timestamptz, username text, tag text, answer text, payer bigint, rule text,
                   reason text, institution_id integer, month date, unit_id integer, person_id integer,
                   group_id integer, weight integer, weight_ppm integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH ask AS MATERIALIZED (
            SELECT n.ask, n.starts, n.username, n.tag, s.provider_id, a.person_id,
                   b.group_id AS bound_group, u.unit_id AS home_unit, u.institution_id AS home_institution,
                   t.unit_id AS assigned_unit, d.unit_id AS domain_unit, d.institution_id AS domain_institution
            FROM unnest(at_starts, usernames, tags) WITH ORDINALITY AS n (starts, username, tag, ask)
            JOIN charge.segments(of_hub, of_day) AS s USING (starts)
            JOIN usage.hub AS h ON h.hub_id = of_hub
            LEFT JOIN org.alias AS a ON a.hub = h.name AND a.username = n.username AND a.valid @> n.starts
            LEFT JOIN org.membership AS m ON m.person_id = a.person_id AND m.home AND m.valid @> n.starts
            LEFT JOIN org.unit AS u ON u.unit_id = m.unit_id
            LEFT JOIN org.hub_group AS b ON b.hub = h.name AND b.valid @> n.starts
            LEFT JOIN org.settlement AS t
                   ON t.hub = h.name AND t.username = n.username AND t.tag = n.tag AND t.valid @> n.starts
            LEFT JOIN LATERAL org.domain_of(CASE WHEN u.unit_id IS NULL THEN n.username END, n.starts) AS d ON true
        ),
        belonging AS MATERIALIZED (
            SELECT q.ask, q.starts, q.tag, q.provider_id, q.home_institution,
                   m.group_id, m.weight, m.is_default,
                   q.tag IN (g.code, i.code || '/' || g.code) AS is_tagged,
                   g.institution_id = q.provider_id AS is_local,
                   count(*) OVER (PARTITION BY q.ask) AS groups
            FROM ask AS q
            JOIN org.group_member AS m ON m.person_id = q.person_id AND m.valid @> q.starts
            JOIN org.user_group AS g USING (group_id)
            JOIN org.institution AS i ON i.institution_id = g.institution_id
        ),
        -- Two institutions may have a group of that code: the provider's is meant.
        tagged AS (
            SELECT ask, CASE WHEN count(*) FILTER (WHERE is_local) = 1 THEN min(group_id) FILTER (WHERE is_local)
                             WHEN count(*) = 1 THEN min(group_id) END AS group_id
            FROM belonging
            WHERE is_tagged
            GROUP BY ask
        ),
        candidate (ask, precedence, rule, group_id, weight) AS (
            SELECT ask, 1, 'tag', group_id, 1 FROM tagged WHERE group_id IS NOT NULL
            UNION ALL
            SELECT ask, 2, 'hub', bound_group, 1 FROM ask WHERE tag = '' AND bound_group IS NOT NULL
            UNION ALL
            SELECT ask, 3, 'default', group_id, 1 FROM belonging WHERE tag = '' AND is_default
            UNION ALL
            SELECT ask, 4, 'group', group_id, 1 FROM belonging WHERE tag = '' AND groups = 1
            UNION ALL
            SELECT b.ask, 5, p.policy, b.group_id, CASE p.policy WHEN 'equal' THEN 1 ELSE b.weight END
            FROM belonging AS b
            JOIN org.group_policy AS p
              ON p.institution_id = coalesce(b.home_institution, b.provider_id) AND p.valid @> b.starts
            WHERE b.tag = '' AND b.groups > 1
              AND (p.policy = 'equal' OR (p.policy = 'weights' AND b.weight IS NOT NULL))
        ),
        first_match AS (
            SELECT ask, rule, group_id, weight
            FROM (SELECT *, min(precedence) OVER (PARTITION BY ask) AS first FROM candidate) AS c
            WHERE precedence = first
        ),
        payer AS (
            SELECT q.*, f.group_id, coalesce(f.weight, 1) AS weight, k.unit_id,
                   CASE k.unit_id WHEN k.own_unit THEN coalesce(f.rule, 'home')
                                  WHEN q.assigned_unit THEN 'assigned'
                                  ELSE 'domain' END AS rule,
                   CASE WHEN f.group_id IS NOT NULL THEN 'group without department'
                        WHEN q.username = '' THEN 'no user yet'
                        WHEN q.person_id IS NULL THEN 'no alias'
                        WHEN q.tag <> '' THEN 'tag without membership'
                        ELSE 'no membership' END AS reason
            FROM ask AS q
            LEFT JOIN first_match AS f USING (ask)
            LEFT JOIN org.group_unit AS g ON g.group_id = f.group_id AND g.valid @> q.starts
            CROSS JOIN LATERAL (
                SELECT o.own_unit,
                       coalesce(o.own_unit, q.assigned_unit,
                                CASE WHEN f.group_id IS NULL AND q.tag = '' THEN q.domain_unit END) AS unit_id
                FROM (SELECT CASE WHEN f.group_id IS NOT NULL THEN g.unit_id
                                  WHEN q.tag = '' THEN q.home_unit END AS own_unit) AS o
            ) AS k
        ),
        payer_month AS (
            SELECT p.*, i.institution_id, charge.month(p.starts, i.time_zone) AS month,
                   count(*) OVER (PARTITION BY p.ask) AS payers,
                   row_number() OVER (PARTITION BY p.ask ORDER BY p.group_id) AS payer,
                   sum(p.weight) OVER (PARTITION BY p.ask) AS weights
            FROM payer AS p
            LEFT JOIN org.unit AS u USING (unit_id)
            JOIN org.institution AS i
              ON i.institution_id = coalesce(u.institution_id, p.domain_institution, p.provider_id)
        )
        SELECT starts, username, tag,
               CASE WHEN payers > 1 THEN
                   string_agg(concat_ws(':', rule, group_id, unit_id, month, weight), ' ')
                   OVER (PARTITION BY ask ORDER BY payer ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
               END,
               payer,
               CASE WHEN unit_id IS NULL THEN 'suspense' ELSE rule END,
               CASE WHEN unit_id IS NULL THEN reason END,
               institution_id, month, unit_id, person_id, group_id, weight,
               -- Largest remainder, so that they add up.
               (div(weight * 1000000::numeric, weights)
                + (row_number() OVER (PARTITION BY ask ORDER BY mod(weight * 1000000::numeric, weights) DESC, payer)
                   <= 1000000 - sum(div(weight * 1000000::numeric, weights)) OVER (PARTITION BY ask))::integer
               )::integer
        FROM payer_month;
    END;
COMMENT ON FUNCTION charge.answers IS 'Who pays for the usage of a user name with a tag in a segment: a row per payer, whose parts are as their weights, in ppm as well. Payer: number within the answer, from 1; answer: null, or what tells answers of several payers apart';

GRANT EXECUTE ON FUNCTION charge.answers TO hm_rater;
