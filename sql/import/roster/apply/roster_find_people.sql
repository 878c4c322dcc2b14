-- Who a user is: whom a hub calls so now; else the person whose key the user has; else somebody new. It stays so
-- when the user's name on the hub changes. Names are compared whole.
CREATE FUNCTION import.roster_find_people() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    run record;
BEGIN
    SELECT * INTO run FROM roster_run;
    DROP TABLE IF EXISTS pg_temp.matched, pg_temp.called;
    -- What hubs call users of the roster now.
    CREATE TEMPORARY TABLE called ON COMMIT DROP AS
    SELECT u.key, h.hub, u.username, a.person_id
    FROM known AS u
    CROSS JOIN unnest(run.hubs) AS h (hub)
    LEFT JOIN org.alias AS a
           ON a.hub = h.hub AND a.username = u.username AND a.voided_at IS NULL AND a.valid @> run.slot
    WHERE u.kind = 'user' AND u.state = 'active' AND NOT u.is_missing;
    ANALYZE called;

    CREATE TEMPORARY TABLE matched ON COMMIT DROP AS
    SELECT u.key, u.name, u.username, u.person_id AS known_id, c.person_id AS called_id, c.n_people,
           p.person_id AS keyed_id, coalesce(u.person_id, c.person_id, p.person_id) AS person_id, c.as_text
    FROM known AS u
    JOIN (SELECT c.key, min(c.person_id) AS person_id, count(DISTINCT c.person_id) AS n_people,
                 string_agg(p.code || ' on ' || c.hub, ', ' ORDER BY c.hub) AS as_text
          FROM called AS c LEFT JOIN org.person AS p USING (person_id)
          GROUP BY c.key) AS c USING (key)
    LEFT JOIN org.person AS p ON p.code = u.key
    WHERE u.kind = 'user';
    ANALYZE matched;

    INSERT INTO finding
    SELECT 'error', s.file, s.line, import.roster_column_of(run.format, s.file_kind, 'username'), f.username, w.reason
    FROM (SELECT *, count(*) OVER (PARTITION BY username) AS namesakes,
                 count(*) OVER (PARTITION BY person_id) AS doubles
          FROM matched) AS f
    JOIN said AS s ON s.kind = 'user' AND s.key = f.key
    CROSS JOIN LATERAL (SELECT CASE
        WHEN f.namesakes > 1 THEN 'is the user name of ' || f.namesakes || ' users of the roster'
        WHEN f.n_people > 1 THEN 'is the user name of different people: ' || f.as_text
        WHEN f.called_id <> f.known_id OR (f.known_id IS NULL AND f.called_id <> f.keyed_id)
        THEN 'is the user name of ' || f.as_text || ', not of ' || s.key || ': end that row of people first, or void it'
        WHEN f.person_id IS NOT NULL AND f.doubles > 1
        THEN 'is one person with ' || (SELECT min(o.key) FROM matched AS o
                                       WHERE o.person_id = f.person_id AND o.key <> f.key) || ', another user'
        WHEN f.known_id IS NULL AND f.called_id IS NULL
             AND EXISTS (SELECT FROM import.roster_record AS o JOIN import.roster AS r USING (roster_id)
                         WHERE o.person_id = f.keyed_id AND r.institution_id <> run.institution_id)
        THEN 'is new, but ' || s.key || ' is the key of a person of another institution' END) AS w (reason)
    WHERE w.reason IS NOT NULL;

    INSERT INTO finding
    SELECT 'warning', s.file, s.line, import.roster_column_of(run.format, s.file_kind, 'username'), n.username,
           'differs from ' || min(a.username) || ', which is known, only in how it is written'
    FROM called AS n
    JOIN said AS s ON s.kind = 'user' AND s.key = n.key
    JOIN org.alias AS a ON a.hub = n.hub AND a.voided_at IS NULL AND a.username <> n.username
                       AND org.fold_name(a.username) = org.fold_name(n.username)
    WHERE n.person_id IS NULL
    GROUP BY s.file, s.line, s.file_kind, n.username;
END
$$;
COMMENT ON FUNCTION import.roster_find_people() IS 'Who the users of the roster are, into matched (null: nobody yet) and called (by hub), and in finding what contradicts itself';

GRANT EXECUTE ON FUNCTION import.roster_find_people() TO hm_rater;
