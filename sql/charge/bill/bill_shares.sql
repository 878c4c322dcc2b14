-- Who pays for the lines that charge.distribute() wants, in pg_temp.wanted_line. Usage is paid by whoever
-- pays for it by the price book, in the same proportions: of memory, or whatever the line goes by. What is
-- left of a machine or has no driver is in suspense unless it was settled (org.settlement, for the user
-- name '' and the tag "(idle)" or "(residual)"). Shared costs go to departments, as the policy says.
CREATE FUNCTION charge.bill_shares(of_statement integer)
    RETURNS TABLE (line_id bigint, sequence bigint, institution_id integer, unit_id integer, person_id integer,
                   group_id integer, rule text, reason text, month date, weight_ppm integer,
                   billable numeric, units numeric, first_slot timestamptz, last_slot timestamptz)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
    provider integer := (SELECT institution_id FROM bill.statement WHERE statement_id = of_statement);
    zone text := (SELECT time_zone FROM org.institution WHERE institution_id = provider);
BEGIN
    DROP TABLE IF EXISTS pg_temp.payer;
    CREATE TEMPORARY TABLE payer ON COMMIT DROP AS
    WITH usage_share AS (
        SELECT w.line_id, w.component, s.institution_id, s.unit_id, s.person_id, s.group_id, s.rule, s.reason,
               s.month, s.resource, sum(s.billable) AS billable
        FROM wanted_line AS w
        JOIN charge.share AS s
          ON s.hub_id = w.hub_id AND s.day = w.day AND s.workload_group_id = w.workload_group_id
         AND s.basis = 'rate_card' AND s.line_month = w.month
        JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month AND l.class_id = w.class_id
        WHERE w.rest IS NULL
        GROUP BY w.line_id, w.component, s.institution_id, s.unit_id, s.person_id, s.group_id, s.rule, s.reason,
                 s.month, s.resource
    ),
    driver AS (
        SELECT DISTINCT ON (line_id) line_id, resource
        FROM usage_share
        GROUP BY line_id, component, resource
        HAVING sum(billable) > 0
        ORDER BY line_id, array_position(CASE component WHEN 'storage' THEN ARRAY['storage']
                                                        WHEN 'network' THEN ARRAY['net_tx', 'net_rx']
                                                        ELSE ARRAY['gpu', 'memory', 'cpu'] END, resource)
    )
    SELECT u.line_id, u.institution_id, u.unit_id, u.person_id, u.group_id, u.rule, u.reason, u.month,
           u.billable AS weight
    FROM usage_share AS u
    JOIN driver AS d USING (line_id, resource)
    WHERE u.billable > 0
    UNION ALL
    SELECT w.line_id, provider, NULL, NULL, NULL, 'suspense', 'not rated', w.month, 1
    FROM wanted_line AS w
    WHERE w.rest IS NULL AND w.line_id NOT IN (SELECT line_id FROM driver)
    UNION ALL
    SELECT w.line_id, coalesce(u.institution_id, provider), t.unit_id, NULL, NULL,
           CASE WHEN t.unit_id IS NULL THEN 'suspense' ELSE 'assigned' END,
           CASE WHEN t.unit_id IS NULL THEN CASE w.rest WHEN 'idle' THEN 'idle' ELSE 'no driver' END END,
           charge.month(w.first_slot, coalesce(i.time_zone, zone)), 1
    FROM wanted_line AS w
    JOIN usage.hub AS h USING (hub_id)
    LEFT JOIN org.settlement AS t
           ON t.hub = h.name AND t.username = '' AND t.tag = format('(%s)', w.rest) AND t.valid @> w.first_slot
    LEFT JOIN org.unit AS u USING (unit_id)
    LEFT JOIN org.institution AS i ON i.institution_id = u.institution_id
    WHERE w.rest IN ('idle', 'residual');

    -- Largest remainder is done once for all, below; here only the direct costs are wanted.
    WITH direct AS (
        SELECT p.unit_id, p.institution_id,
               sum(w.units * p.weight / t.weight) AS units
        FROM payer AS p
        JOIN wanted_line AS w USING (line_id)
        JOIN (SELECT line_id, sum(weight) AS weight FROM payer GROUP BY line_id) AS t USING (line_id)
        WHERE p.unit_id IS NOT NULL AND w.rest IS NULL
        GROUP BY p.unit_id, p.institution_id
        HAVING sum(w.units * p.weight / t.weight) > 0
    ),
    declared AS (
        SELECT unit_id, institution_id FROM org.unit WHERE institution_id = provider
    ),
    policy AS (
        SELECT w.line_id, w.first_slot, w.component,
               coalesce((SELECT min(k.policy) FROM bill.policy AS k
                         WHERE k.institution_id = provider AND k.component = w.component), 'direct') AS policy
        FROM wanted_line AS w
        WHERE w.rest = 'shared'
    ),
    department AS (
        SELECT p.line_id, p.first_slot, d.institution_id, d.unit_id, 'direct' AS rule, d.units AS weight
        FROM policy AS p CROSS JOIN direct AS d
        WHERE p.policy = 'direct'
        UNION ALL
        SELECT p.line_id, p.first_slot, d.institution_id, d.unit_id, 'even', 1
        FROM policy AS p CROSS JOIN declared AS d
        WHERE p.policy = 'even' OR (p.policy = 'direct' AND NOT EXISTS (SELECT FROM direct))
        UNION ALL
        SELECT p.line_id, p.first_slot, u.institution_id, u.unit_id, 'fixed', k.ppm
        FROM policy AS p
        JOIN bill.policy AS k ON k.institution_id = provider AND k.component = p.component AND k.policy = 'fixed'
        JOIN org.unit AS u USING (unit_id)
        WHERE p.policy = 'fixed'
    )
    INSERT INTO payer (line_id, institution_id, unit_id, rule, reason, month, weight)
    SELECT d.line_id, d.institution_id, d.unit_id, d.rule, NULL, charge.month(d.first_slot, i.time_zone), d.weight
    FROM department AS d
    JOIN org.institution AS i USING (institution_id)
    UNION ALL
    SELECT p.line_id, provider, NULL, 'suspense', 'no driver', charge.month(p.first_slot, zone), 1
    FROM policy AS p
    WHERE p.line_id NOT IN (SELECT line_id FROM department);

    RETURN QUERY
    WITH numbered AS (
        SELECT p.*, w.first_slot, w.last_slot,
               row_number() OVER (PARTITION BY p.line_id
                                  ORDER BY p.unit_id, p.person_id, p.group_id, p.institution_id, p.month, p.rule,
                                           p.reason) AS sequence,
               sum(p.weight) OVER (PARTITION BY p.line_id) AS weights
        FROM payer AS p
        JOIN wanted_line AS w USING (line_id)
    ),
    floored AS (
        SELECT n.line_id, n.sequence, m.name, m.sign, m.total,
               div(m.total * n.weight, n.weights) AS units, mod(m.total * n.weight, n.weights) AS fraction
        FROM numbered AS n
        JOIN wanted_line AS w USING (line_id)
        CROSS JOIN LATERAL (VALUES ('units', sign(w.units), abs(w.units)), ('billable', 1, w.billable),
                                   ('ppm', 1, 1000000)) AS m (name, sign, total)
    ),
    divided AS (
        SELECT line_id, sequence, name,
               sign * (units + (row_number() OVER (PARTITION BY line_id, name ORDER BY fraction DESC, sequence)
                                <= total - sum(units) OVER (PARTITION BY line_id, name))::integer) AS units
        FROM floored
    )
    SELECT n.line_id, n.sequence, n.institution_id, n.unit_id, n.person_id, n.group_id, n.rule, n.reason, n.month,
           max(d.units) FILTER (WHERE d.name = 'ppm')::integer,
           max(d.units) FILTER (WHERE d.name = 'billable'), max(d.units) FILTER (WHERE d.name = 'units'),
           n.first_slot, n.last_slot
    FROM numbered AS n
    JOIN divided AS d USING (line_id, sequence)
    GROUP BY n.line_id, n.sequence, n.institution_id, n.unit_id, n.person_id, n.group_id, n.rule, n.reason,
             n.month, n.first_slot, n.last_slot;
END
$$;
COMMENT ON FUNCTION charge.bill_shares(integer) IS 'Who pays for the lines of a statement in pg_temp.wanted_line: parts that add up to each line, units of 0.000000001 of the currency';

GRANT EXECUTE ON FUNCTION charge.bill_shares(integer) TO hm_rater;
