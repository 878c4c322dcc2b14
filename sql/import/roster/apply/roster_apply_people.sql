-- A name on a hub is a new person's, or one more of a person who is known: for ever, or where it was somebody
-- else's, from then on.
CREATE FUNCTION import.roster_apply_people() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run record;
    n bigint;
BEGIN
    SELECT * INTO run FROM roster_run;
    IF run.creates_people THEN
        INSERT INTO org.person (code, name)
        SELECT f.key, coalesce(f.name, f.username) FROM matched AS f WHERE f.person_id IS NULL ORDER BY f.key;
        GET DIAGNOSTICS n = ROW_COUNT;
        INSERT INTO outcome (is_change, n, text) VALUES (true, n, 'new people');
        UPDATE matched AS f SET person_id = p.person_id
        FROM org.person AS p WHERE f.person_id IS NULL AND p.code = f.key;
    END IF;

    -- Whose key is another than the roster's is named by whoever gave it.
    UPDATE org.person AS p SET name = f.name
    FROM matched AS f WHERE p.person_id = f.person_id AND p.code = f.key AND f.name IS NOT NULL AND p.name <> f.name;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO outcome (is_change, n, text) VALUES (true, n, 'people with another name');

    UPDATE import.roster_record AS r SET person_id = f.person_id
    FROM matched AS f
    WHERE r.roster_id = run.roster_id AND r.kind = 'user' AND r.key = f.key
      AND r.person_id IS DISTINCT FROM f.person_id;
    UPDATE known AS r SET person_id = f.person_id
    FROM matched AS f
    WHERE r.kind = 'user' AND r.key = f.key AND r.person_id IS DISTINCT FROM f.person_id;

    INSERT INTO org.alias (hub, username, person_id, valid, source)
    SELECT c.hub, c.username, f.person_id, tstzrange(p.until, p.upto), run.source
    FROM called AS c
    JOIN matched AS f USING (key)
    CROSS JOIN LATERAL (
        SELECT max(upper(a.valid)) FILTER (WHERE upper(a.valid) <= run.slot) AS until,
               min(lower(a.valid)) FILTER (WHERE lower(a.valid) > run.slot) AS upto
        FROM org.alias AS a
        WHERE a.hub = c.hub AND a.username = c.username AND a.voided_at IS NULL
    ) AS p
    WHERE c.person_id IS NULL AND f.person_id IS NOT NULL
    ORDER BY c.hub, c.username;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO outcome (is_change, n, text) VALUES (true, n, 'new user names');
    IF n > 100 THEN
        PERFORM import.count_people();
    END IF;

    INSERT INTO outcome (is_change, n, text)
    SELECT false, count(*), 'user names that are nobody''s' FROM matched AS f WHERE f.person_id IS NULL;
END
$$;
COMMENT ON FUNCTION import.roster_apply_people() IS 'Make the people and the names on hubs that import.roster_find_people() found missing';

GRANT EXECUTE ON FUNCTION import.roster_apply_people() TO hm_rater;
