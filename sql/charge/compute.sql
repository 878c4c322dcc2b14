-- Segments with the same answers become one line again, and its parts with the same payer one share.
CREATE FUNCTION charge.compute(of_hub integer, of_day date, usernames text[])
    RETURNS TABLE (
        line_number bigint,
        username text, server_name text, tag text, kind smallint, class_id integer, resource text,
        provider_id integer, month date, price_id integer, rate numeric, currency text,
        used numeric, reserved numeric, billable numeric, amount numeric,
        first_slot timestamptz, last_slot timestamptz,
        sequence bigint, rule text, reason text, institution_id integer, share_month date,
        unit_id integer, person_id integer, group_id integer, weight_ppm integer,
        share_used numeric, share_reserved numeric, share_billable numeric, share_amount numeric,
        share_first_slot timestamptz, share_last_slot timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH piece AS MATERIALIZED (
        SELECT * FROM charge.priced_pieces(of_hub, of_day, compute.usernames, false)
    ),
    line AS MATERIALIZED (
        SELECT row_number() OVER () AS line_number, l.*,
               coalesce(charge.amount(l.billable, l.rate, r.base_units), 0) AS amount
        FROM (SELECT username, server_name, tag, kind, class_id, resource, provider_id, month, price_id,
                     rate, currency,
                     sum(used) AS used, sum(reserved) AS reserved, sum(billable) AS billable,
                     min(first_slot) AS first_slot, max(last_slot) AS last_slot
              FROM piece
              GROUP BY username, server_name, tag, kind, class_id, resource, provider_id, month, price_id,
                       rate, currency) AS l
        JOIN price.resource AS r ON r.code = l.resource
    ),
    answer AS MATERIALIZED (
        SELECT a.*
        FROM (SELECT array_agg(starts) AS starts, array_agg(username) AS usernames, array_agg(tag) AS tags
              FROM (SELECT DISTINCT starts, username, tag FROM piece) AS n) AS n
        CROSS JOIN LATERAL charge.answers(of_hub, of_day, n.starts, n.usernames, n.tags) AS a
    ),
    part AS MATERIALIZED (
        SELECT p.*, coalesce(p.answer, p.sequence::text) AS among
        FROM (SELECT q.*,
                     count(*) OVER (PARTITION BY q.line_number) AS parts,
                     row_number() OVER (PARTITION BY q.line_number
                                        ORDER BY q.first_slot, q.payer, q.unit_id, q.person_id,
                                                 q.institution_id, q.month, q.reason, q.answer) AS sequence
              FROM (SELECT l.line_number, a.answer, a.payer, a.rule, a.reason, a.institution_id, a.month,
                           a.unit_id, a.person_id, a.group_id, a.weight, a.weight_ppm,
                           sum(p.used) AS used, sum(p.reserved) AS reserved, sum(p.billable) AS billable,
                           min(p.first_slot) AS first_slot, max(p.last_slot) AS last_slot
                    FROM piece AS p
                    JOIN line AS l
                      ON (l.username, l.server_name, l.tag, l.kind, l.class_id, l.resource, l.provider_id, l.month)
                       = (p.username, p.server_name, p.tag, p.kind, p.class_id, p.resource, p.provider_id, p.month)
                     AND l.price_id IS NOT DISTINCT FROM p.price_id
                    JOIN answer AS a ON (a.starts, a.username, a.tag) = (p.starts, p.username, p.tag)
                    GROUP BY l.line_number, a.answer, a.payer, a.rule, a.reason, a.institution_id, a.month,
                             a.unit_id, a.person_id, a.group_id, a.weight, a.weight_ppm) AS q) AS p
    ),
    -- Largest remainder: everybody gets the floor of his part, and the units that are left go to the
    -- largest fractions, of equal ones to the lower sequence. First the amount of a line, in nano-units,
    -- among its answers, by what was billable under each; then amount and quantities of an answer among
    -- those who pay together, by their weights.
    answer_part AS (
        SELECT line_number, among, total, sequence,
               div(total * billable, nullif(sum(billable) OVER line, 0)) AS units,
               mod(total * billable, nullif(sum(billable) OVER line, 0)) AS fraction
        FROM (SELECT p.line_number, p.among, l.amount * 1000000000 AS total,
                     max(p.billable) AS billable, min(p.sequence) AS sequence
              FROM part AS p
              JOIN line AS l USING (line_number)
              WHERE p.parts > 1
              GROUP BY p.line_number, p.among, l.amount) AS a
        WINDOW line AS (PARTITION BY line_number)
    ),
    answer_amount AS MATERIALIZED (
        SELECT line_number, among,
               coalesce(units + (row_number() OVER (PARTITION BY line_number ORDER BY fraction DESC, sequence)
                                 <= total - sum(units) OVER (PARTITION BY line_number))::integer, 0) AS units
        FROM answer_part
    ),
    payer_part AS (
        SELECT p.line_number, p.among, p.sequence, m.name, m.total,
               div(m.total * p.weight, sum(p.weight) OVER answer) AS units,
               mod(m.total * p.weight, sum(p.weight) OVER answer) AS fraction
        FROM part AS p
        JOIN answer_amount AS a USING (line_number, among)
        CROSS JOIN LATERAL (VALUES ('used', p.used), ('reserved', p.reserved), ('billable', p.billable),
                                   ('amount', a.units)) AS m (name, total)
        WINDOW answer AS (PARTITION BY p.line_number, p.among, m.name)
    ),
    shared AS MATERIALIZED (
        SELECT line_number, sequence,
               max(units) FILTER (WHERE name = 'used') AS used,
               max(units) FILTER (WHERE name = 'reserved') AS reserved,
               max(units) FILTER (WHERE name = 'billable') AS billable,
               max(units) FILTER (WHERE name = 'amount') * 0.000000001 AS amount
        FROM (SELECT line_number, sequence, name,
                     units + (row_number() OVER (PARTITION BY line_number, among, name
                                                 ORDER BY fraction DESC, sequence)
                              <= total - sum(units) OVER (PARTITION BY line_number, among, name))::integer
                         AS units
              FROM payer_part) AS a
        GROUP BY line_number, sequence
    )
    SELECT l.line_number, l.username, l.server_name, l.tag, l.kind, l.class_id, l.resource,
           l.provider_id, l.month, l.price_id, l.rate, l.currency,
           l.used, l.reserved, l.billable, l.amount, l.first_slot, l.last_slot,
           p.sequence, p.rule, p.reason, p.institution_id, p.month, p.unit_id, p.person_id, p.group_id,
           p.weight_ppm,
           coalesce(s.used, p.used), coalesce(s.reserved, p.reserved), coalesce(s.billable, p.billable),
           coalesce(s.amount, l.amount),
           p.first_slot, p.last_slot
    FROM part AS p
    JOIN line AS l USING (line_number)
    LEFT JOIN shared AS s USING (line_number, sequence);
END
$$;
COMMENT ON FUNCTION charge.compute(integer, date, text[]) IS 'The charges of a UTC day of a hub, for the usage of some user names (null: all), as they should be, from usage, people and prices as they are now: a row per share, each with all of its line. Writes nothing';

GRANT EXECUTE ON FUNCTION charge.compute(integer, date, text[]) TO hm_rater;
