BEGIN;
\ir ../fixture.sql
SELECT plan(29);

INSERT INTO org.institution (code, name, time_zone, currency)
VALUES ('tu', 'Testville University', 'America/Los_Angeles', 'USD'), ('ou', 'Other', 'UTC', 'EUR');
INSERT INTO org.unit (institution_id, code, name)
SELECT institution_id, u, u FROM org.institution, unnest(ARRAY['a', 'b', 'c']) u WHERE code = 'tu';
INSERT INTO org.unit (institution_id, code, name)
SELECT institution_id, 'x', 'x' FROM org.institution WHERE code = 'ou';
INSERT INTO org.person (code, name) VALUES ('p', 'P');
CREATE FUNCTION pg_temp.inst(c text) RETURNS integer LANGUAGE sql AS $$ SELECT institution_id FROM org.institution WHERE code = c $$;
CREATE FUNCTION pg_temp.unit(c text) RETURNS integer LANGUAGE sql AS $$ SELECT unit_id FROM org.unit WHERE code = c $$;
CREATE FUNCTION pg_temp.person(c text) RETURNS integer LANGUAGE sql AS $$ SELECT person_id FROM org.person WHERE code = c $$;

-- institution
SELECT throws_ok($$ INSERT INTO org.institution (code, name, time_zone, currency) VALUES ('m', 'M', 'Mars/Base', 'USD') $$,
    '23514', 'unknown time zone "Mars/Base"', 'a time zone exists');
SELECT throws_ok($$ INSERT INTO org.institution (code, name, time_zone, currency) VALUES ('m', 'M', 'UTC', 'usd') $$,
    '23514', NULL, 'a currency is three capitals');
SELECT throws_ok($$ INSERT INTO org.institution (code, name, time_zone, currency) VALUES ('(m)', 'M', 'UTC', 'USD') $$,
    '23514', NULL, 'codes in parentheses are reserved');
SELECT throws_ok($$ INSERT INTO org.unit (institution_id, code, name) VALUES (pg_temp.inst('tu'), '(suspense)', 'M') $$,
    '23514', NULL, 'a department can''t be called (suspense)');
SELECT results_eq($$ SELECT code, time_zone, currency FROM org.institution WHERE institution_id = 0 $$,
    $$ VALUES ('(unowned)', 'UTC', 'USD') $$, 'there is an owner for hubs nobody owns');
SELECT throws_ok($$ DELETE FROM org.institution WHERE code = 'tu' $$, '23001', NULL, 'institutions are never deleted');
SELECT throws_ok($$ DELETE FROM org.unit $$, '23001', NULL, 'departments are never deleted');
SELECT throws_ok($$ DELETE FROM org.person $$, '23001', NULL, 'persons are never deleted');

-- hierarchy
SELECT lives_ok($$ INSERT INTO org.unit_parent VALUES
    (pg_temp.inst('tu'), pg_temp.unit('b'), pg_temp.unit('a'), '[2026-01-01 00:00Z,2026-07-01 00:00Z)'),
    (pg_temp.inst('tu'), pg_temp.unit('c'), pg_temp.unit('b'), '[2026-01-01 00:00Z,)') $$, 'a tree');
SELECT throws_ok($$ INSERT INTO org.unit_parent VALUES
    (pg_temp.inst('tu'), pg_temp.unit('b'), pg_temp.unit('c'), '[2026-08-01 00:00Z,)'),
    (pg_temp.inst('tu'), pg_temp.unit('a'), pg_temp.unit('c'), '[2026-03-01 00:00Z,2026-04-01 00:00Z)') $$,
    '23514', NULL, 'no unit belongs to itself, even through others');
SELECT lives_ok($$ INSERT INTO org.unit_parent VALUES
    (pg_temp.inst('tu'), pg_temp.unit('a'), pg_temp.unit('c'), '[2026-07-01 00:00Z,)') $$,
    'turned upside down at another time is no cycle');
SELECT throws_ok($$ INSERT INTO org.unit_parent VALUES
    (pg_temp.inst('tu'), pg_temp.unit('b'), pg_temp.unit('c'), '[2026-06-01 00:00Z,2026-08-01 00:00Z)') $$,
    '23P01', NULL, 'one parent at a time');
SELECT throws_ok($$ INSERT INTO org.unit_parent VALUES
    (pg_temp.inst('tu'), pg_temp.unit('b'), pg_temp.unit('x'), '[2027-06-01 00:00Z,)') $$,
    '23503', NULL, 'a parent of another institution is refused');

-- hub owner
INSERT INTO org.hub_owner VALUES ('h', pg_temp.inst('tu'), '[2026-01-01 00:00Z,)');
SELECT throws_ok($$ INSERT INTO org.hub_owner VALUES ('h', pg_temp.inst('ou'), '[2027-01-01 00:00Z,)') $$,
    '23P01', NULL, 'one owner at a time');

-- alias
INSERT INTO org.alias (hub, username, person_id, valid) VALUES ('h', 'ann', pg_temp.person('p'), '(,2026-09-01 00:00Z)');
SELECT throws_ok($$ INSERT INTO org.alias VALUES ('h', 'ann', pg_temp.person('p')) $$, '23P01', NULL, 'a user name is one person''s at a time');
SELECT lives_ok($$ INSERT INTO org.alias VALUES ('h', 'anna', pg_temp.person('p')), ('h2', 'ann', pg_temp.person('p')) $$,
    'a person has several');
SELECT throws_ok($$ INSERT INTO org.alias VALUES ('h', '', pg_temp.person('p')) $$, '23514', NULL, 'an unknown user is nobody''s alias');

-- membership
SELECT lives_ok($$ INSERT INTO org.membership (person_id, unit_id, home, valid) VALUES
    (pg_temp.person('p'), pg_temp.unit('a'), true,  '[2026-01-01 08:00Z,2026-02-01 08:00Z)'),
    (pg_temp.person('p'), pg_temp.unit('b'), true,  '[2026-02-01 08:00Z,)'),
    (pg_temp.person('p'), pg_temp.unit('c'), false, '[2026-01-01 08:00Z,)') $$, 'one home after the other, and a second unit');
SELECT throws_ok($$ INSERT INTO org.membership (person_id, unit_id, home, valid) VALUES
    (pg_temp.person('p'), pg_temp.unit('c'), true, '[2025-01-01 08:00Z,2026-01-01 08:15Z)') $$, '23P01', NULL, 'one home at a time');
SELECT throws_ok($$ INSERT INTO org.membership (person_id, unit_id, home, valid) VALUES
    (pg_temp.person('p'), pg_temp.unit('c'), false, '[2027-01-01 08:00Z,)') $$, '23P01', NULL, 'a unit once at a time');
CREATE FUNCTION pg_temp.member(v text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO org.membership (person_id, unit_id, home, valid)
    VALUES (pg_temp.person('p'), pg_temp.unit('x'), false, v::tstzrange) $$;
SELECT throws_ok(format('SELECT pg_temp.member(%L)', v), '23514', NULL, 'refused, not on slots: ' || v)
FROM unnest(ARRAY['(2026-01-01 08:00Z,)', '[2026-01-01 08:00Z,2026-01-01 09:00Z]', '[2026-01-01 08:10Z,)',
                  '[2026-01-01 08:00Z,2026-01-01 08:00:01Z)', 'empty']) v;

-- price
INSERT INTO price.book (institution_id, resource, class, rate, valid)
VALUES (pg_temp.inst('tu'), 'cpu', NULL, 0.0130000000001, '[2026-01-01 00:00Z,)');
SELECT throws_ok($$ INSERT INTO price.book (institution_id, resource, rate, valid)
    VALUES (pg_temp.inst('tu'), 'cpu', 1, '[2027-01-01 00:00Z,)') $$, '23P01', NULL, 'one price at a time, also for any class');
SELECT throws_ok($$ INSERT INTO price.book (institution_id, resource, rate, valid)
    VALUES (pg_temp.inst('tu'), 'gpu', -1, '[2027-01-01 00:00Z,)') $$, '23514', NULL, 'no negative price');
SELECT throws_ok($$ UPDATE org.institution SET time_zone = 'UTC' WHERE code = 'tu' $$, '23001', NULL,
    'the time zone stays once there are prices or members');
SELECT results_eq($$ SELECT operation, new_row->>'code' FROM audit.change WHERE table_name = 'org.person' $$,
    $$ VALUES ('INSERT', 'p') $$, 'who changed what is noted');

SELECT * FROM finish();
ROLLBACK;
