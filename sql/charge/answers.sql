-- Arrays run in parallel: each segment, user name and tag that has usage, once.
CREATE FUNCTION charge.answers(of_hub integer, of_day date,
                               at_starts timestamptz[], usernames text[], tags text[])
    RETURNS TABLE (starts timestamptz, username text, tag text, answer text, payer integer, rule text,
                   reason text, institution_id integer, month date, unit_id integer, person_id integer,
                   group_id integer, weight_ppm integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT n.starts, n.username, n.tag,
               NULL::text, 1,
               CASE WHEN d.unit_id IS NULL THEN 'suspense' ELSE 'home' END,
               CASE WHEN d.unit_id IS NOT NULL THEN NULL
                    WHEN n.username = '' THEN 'no user yet'
                    WHEN a.person_id IS NULL THEN 'no alias'
                    ELSE 'no membership'
               END,
               i.institution_id, charge.month(n.starts, i.time_zone), d.unit_id, a.person_id,
               NULL::integer, 1000000
        FROM unnest(at_starts, usernames, tags) AS n (starts, username, tag)
        JOIN charge.segments(of_hub, of_day) AS s USING (starts)
        JOIN usage.hub AS h ON h.hub_id = of_hub
        LEFT JOIN org.alias AS a ON a.hub = h.name AND a.username = n.username
        LEFT JOIN org.membership AS m ON m.person_id = a.person_id AND m.home AND m.valid @> n.starts
        LEFT JOIN org.unit AS d ON d.unit_id = m.unit_id
        JOIN org.institution AS i ON i.institution_id = coalesce(d.institution_id, s.provider_id);
    END;
COMMENT ON FUNCTION charge.answers IS 'Who pays for the usage of a user name with a tag in a segment: a row per payer, whose weights add up to 1,000,000 ppm. Payer: number within the answer, from 1; answer: null, or what tells answers of several payers apart';

GRANT EXECUTE ON FUNCTION charge.answers TO hm_rater;
