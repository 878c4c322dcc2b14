-- What follows from a roster that is read again and again: who is a member when.
BEGIN;
\ir ../fixture.sql
SELECT plan(23);

SELECT pg_temp.import('org', '
institution,time_zone,currency,unit,parent,name,hub
tu,America/New_York,USD,,,Testville University,
tu,,,sci,,Sciences,
tu,,,bio,sci,Biology,
tu,,,,,,h
vu,UTC,USD,,,Otherville,
') \g /dev/null

-- A snapshot of a hub's groups: "group:user,user group:user", at a time; what changed, as "text n".
CREATE FUNCTION pg_temp.snapshot(groups text, at timestamptz, creates_people boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM import.roster_open('jupyterhub', 'tu', 'jupyterhub', ARRAY['h'], creates_people, at);
    INSERT INTO raw_groups (file, line, "group") SELECT 'groups', n, split_part(g, ':', 1) FROM regexp_split_to_table(groups, ' ') WITH ORDINALITY AS g (g, n);
    INSERT INTO raw_members (file, line, "group", username)
    SELECT 'groups', g.n, split_part(g.g, ':', 1), u
    FROM regexp_split_to_table(groups, ' ') WITH ORDINALITY AS g (g, n), regexp_split_to_table(split_part(g.g, ':', 2), ',') AS u WHERE u <> '';
    INSERT INTO raw_users (file, line, username) SELECT 'users', 1, u FROM (SELECT DISTINCT username AS u FROM raw_members) AS m;
    SELECT * INTO complaint FROM import.check_roster('{users,groups,members}') WHERE severity = 'error';
    IF FOUND THEN
        RAISE EXCEPTION '%', complaint;
    END IF;
    RETURN QUERY SELECT format('%s %s', said, n) FROM import.apply_roster() WHERE is_change AND said ~ 'memberships';
END
$$;
CREATE FUNCTION pg_temp.members(at timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(g.code || ':' || p.code, ' ' ORDER BY g.code, p.code COLLATE "C"), '')
    FROM org.group_member m JOIN org.user_group g USING (group_id) JOIN org.person p USING (person_id) WHERE m.valid @> at $$;

-- leaving, coming back, never having been
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben b:ann', '2026-09-01 10:07Z') $$, ARRAY['memberships added 3'], 'the first snapshot');
SELECT is(pg_temp.members('2026-09-01 10:00Z'), 'a:ann a:ben b:ann', 'holds from the slot in which it was seen');
SELECT is(pg_temp.members('2026-09-01 09:59Z'), '', 'and not before');
SELECT is_empty($$ SELECT pg_temp.snapshot('a:ann,ben b:ann', '2026-09-02 10:00Z') $$, 'the same again changes nothing');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann b:ann', '2026-09-03 10:29Z') $$, ARRAY['memberships changed or ended 1'], 'who is missing has left');
SELECT is(pg_temp.members('2026-09-03 10:14Z'), 'a:ann a:ben b:ann', 'and was there until then');
SELECT is(pg_temp.members('2026-09-03 10:15Z'), 'a:ann b:ann', 'in this slot no more');
SELECT is_empty($$ SELECT pg_temp.snapshot('a:ann b:ann', '2026-09-04 10:00Z') $$, 'once');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben b:ann', '2026-09-05 10:00Z') $$, ARRAY['memberships added 1'], 'who is back');
SELECT is(pg_temp.members('2026-09-04 10:00Z'), 'a:ann b:ann', 'was away meanwhile');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben,cat b:ann', '2026-09-05 10:03Z') $$, ARRAY['memberships added 1'], 'who comes');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben b:ann', '2026-09-05 10:12Z') $$, ARRAY['memberships voided, that held for no slot 1'], 'and goes in one slot never was there');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben,cat', '2026-09-05 10:14Z') $$, ARRAY['memberships added 1', 'memberships changed or ended 1'], 'and is, back in the same slot');
SELECT results_eq($$ SELECT pg_temp.snapshot('a:ann,ben,cat b:ann', '2026-09-05 10:14Z') $$, ARRAY['memberships changed or ended 1'], 'a mistake that is mended in its slot leaves no trace');
SELECT is(count(*), 1::bigint, 'in one row') FROM org.group_member JOIN org.user_group USING (group_id) WHERE code = 'b' AND voided_at IS NULL;

-- the law: at any time the members are those of the last snapshot
SELECT setseed(0.57);
CREATE TEMPORARY TABLE snapshot AS
SELECT '2026-10-01 00:00Z'::timestamptz + n * interval '40 min' AS at, string_agg(g || ':' || u, ' ' ORDER BY g, u) || ' z:x' AS groups
FROM (SELECT n, g, u, random() AS r FROM generate_series(1, 30) n, unnest(ARRAY['c', 'd', 'e']) g, unnest(ARRAY['dan', 'eve', 'fay', 'gus']) u OFFSET 0) AS r
WHERE r < 0.5 GROUP BY n;
SELECT pg_temp.snapshot(groups, at) FROM (SELECT * FROM snapshot ORDER BY at) AS s \g /dev/null
SELECT results_eq($$
    SELECT s.groups = pg_temp.members(t), count(*)
    FROM generate_series('2026-10-01 00:45Z'::timestamptz, '2026-10-01 20:00Z', '15 min') AS t
    CROSS JOIN LATERAL (SELECT groups FROM snapshot WHERE usage.slot_of(at) <= t ORDER BY at DESC LIMIT 1) AS s
    GROUP BY 1 $$, $$ VALUES (true, 78::bigint) $$, 'at any time the members are those of the snapshot before');

-- rounding, zones, days
SELECT results_eq($$ SELECT import.roster_instant(v, 'America/New_York', e, d) FROM (VALUES
        ('2026-09-01', false, false), ('2026-09-01', true, false), ('2026-09-01', true, true), ('2026-11-01', true, true),
        ('2026-12-20T23:59:59Z', true, true), ('2026-12-20T23:59:59Z', false, true), ('2026-12-20 23:59:59', true, true),
        ('2026-12-20T10:00:00+0200', true, true), ('2026-12-20 10:00:00 UTC', false, true), ('2026-12-20T10:00', false, false)) AS t (v, e, d) $$,
    $$ SELECT unnest(ARRAY['2026-09-01 04:00Z', '2026-09-01 04:00Z', '2026-09-02 04:00Z', '2026-11-02 05:00Z',
        '2026-12-21 00:00Z', '2026-12-20 23:45Z', '2026-12-21 05:00Z', '2026-12-20 08:00Z', '2026-12-20 10:00Z', '2026-12-20 15:00Z']::timestamptz[]) $$,
    'a start is rounded down, an end up, a last day is part of it');
SELECT is(import.roster_instant(v, 'UTC', false, false), NULL, v || ' is no time') FROM unnest(ARRAY['2026-02-30', '09/01/2026']) AS v;

-- an account climbs to its department
CREATE FUNCTION pg_temp.canvas(institution text, login text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM import.roster_open('canvas', institution, 'canvas', ARRAY['h'], true, '2026-11-01 00:00Z');
    INSERT INTO raw_users (file, line, user_id, login_id, status) VALUES ('u', 2, 'u1', login, 'active');
    INSERT INTO raw_accounts (file, line, account_id, parent_account_id) VALUES ('a', 2, 'root', NULL), ('a', 3, 'bio', 'sci'), ('a', 4, 'sci', 'root'), ('a', 5, 'lab', 'bio'), ('a', 6, 'loop', 'pool'), ('a', 7, 'pool', 'loop');
    INSERT INTO raw_courses (file, line, course_id, short_name, account_id, status)
    SELECT 'c', 2, 'c-' || a, 'C', a, 'active' FROM unnest(ARRAY['root', 'bio', 'sci', 'lab', 'loop']) AS a;
    RETURN QUERY SELECT format('%s: %s', f.severity, f.reason) FROM import.check_roster() AS f;
    PERFORM import.apply_roster();
END
$$;
SELECT is_empty($$ SELECT pg_temp.canvas('tu', 'una') $$, 'accounts');
SELECT results_eq($$ SELECT g.code, u.code FROM org.group_unit JOIN org.user_group g USING (group_id) JOIN org.unit u USING (unit_id) ORDER BY g.code $$,
    $$ VALUES ('c-bio', 'bio'), ('c-lab', 'bio'), ('c-sci', 'sci') $$, 'the nearest department is meant; a circle ends');

-- people of two institutions
SELECT results_eq($$ SELECT pg_temp.canvas('vu', 'other') $$,
    ARRAY['error: is new, but u1 is the key of a person of another institution'], 'the key of one institution is not a person of another');
SELECT throws_ok($$ SELECT import.roster_open('oneroster', 'tu', 'canvas', ARRAY['h']) $$, '22023',
    'source "canvas" is a roster of format canvas: say another --source', 'a source is one roster');

SELECT * FROM finish();
ROLLBACK;
