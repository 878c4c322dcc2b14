-- Every complaint of the importer, and that importing twice changes nothing.
BEGIN;
\ir ../fixture.sql
SELECT plan(76);

-- org
CREATE FUNCTION pg_temp.org() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,time_zone,currency,unit,parent,name,hub
tu,,,bio,sci,Biology,
tu,,,sci,,Sciences,
tu,America/Los_Angeles,USD,,,Testville University,
tu,,,,,,hub-a
' $$;
SELECT is(pg_temp.import('org', pg_temp.org()), 5::bigint, 'org: rows in any order: 1 institution, 2 units, 1 parent, 1 hub');
SELECT is(pg_temp.import('org', pg_temp.org()), 0::bigint, 'org: the second time nothing changes');
SELECT is(pg_temp.import('org', replace(pg_temp.org(), 'Biology', 'Life Sciences')), 1::bigint, 'org: a new name');
SELECT is(pg_temp.import('org', replace(pg_temp.org(), 'bio,sci', 'bio,')), 2::bigint,
    'org: a department that leaves its parent: name back, edge closed');
SELECT results_eq($$ SELECT lower(valid), upper(valid) FROM org.unit_parent $$,
    $$ VALUES (NULL::timestamptz, date_bin('15 min', now(), '2000-01-01 00:00Z')) $$, 'org: it was there until this slot');
SELECT is(pg_temp.import('org', pg_temp.org()), 1::bigint, 'org: it comes back');
SELECT is(pg_temp.import('org', replace(pg_temp.org(), 'bio,sci', 'bio,')), 1::bigint, 'org: and leaves again within the slot');
SELECT is(pg_temp.import('org', pg_temp.org()), 1::bigint, 'org: and comes back');
SELECT results_eq($$ SELECT lower(valid) FROM org.unit_parent WHERE upper_inf(valid) $$,
    $$ VALUES (date_bin('15 min', now(), '2000-01-01 00:00Z')) $$, 'org: from this slot on');

SELECT results_eq($$ SELECT pg_temp.complaints('org', '
institution,time_zone,currency,unit,parent,name,hub
,UTC,USD,,,No code,
(x),UTC,USD,,,Reserved,
m1,Mars/Base,usd,,,Mars,
m2,,,,,,
m3,,,a,,A,
tu,UTC,USD,a,,A,
tu,,,b,b,B,
tu,,,c,nowhere,C,
tu,,,d,e,D,
tu,,,e,d,E,
tu,,,e,,E,
tu,,,,,,h
tu,,,,,,h
tu,,,f,,F,h2
tu,,,(g),,G,
tu,UTC,USD,,x,Testville,
tu,,,sci,bio,Sciences,
') $$, $$ VALUES
    ('2 institution: is required'),
    ('3 institution: codes in parentheses are reserved'),
    ('4 currency: is not an ISO 4217 code: three capital letters'),
    ('4 time_zone: unknown time zone'),
    ('5 currency: is required for an institution'), ('5 name: is required'), ('5 time_zone: is required for an institution'),
    ('6 institution: unknown institution: no row of the file declares it'),
    ('7 currency: belongs in the row of the institution'), ('7 time_zone: belongs in the row of the institution'),
    ('8 parent: a department can''t belong to itself'),
    ('9 parent: unknown department of tu'),
    ('12 unit: is already in line 11'),
    ('14 hub: is already in line 13'),
    ('15 unit: a row declares either a department or a hub, not both'),
    ('16 unit: codes in parentheses are reserved'),
    ('17 parent: only a department has a parent') $$, 'org: every complaint about a cell');
SELECT results_eq($$ SELECT pg_temp.complaints('org', '
institution,time_zone,currency,unit,parent,name,hub
tu,,,d,e,D,
tu,,,e,d,E,
tu,,,sci,bio,Sciences,
') $$, $$ VALUES
    ('2 parent: the department would belong to itself'),
    ('3 parent: the department would belong to itself'),
    ('4 parent: the department would belong to itself') $$, 'org: no department below itself, in the file and with what is stored');
SELECT is(pg_temp.import('org', replace(pg_temp.org(), 'America/Los_Angeles', 'America/Denver')), 1::bigint,
    'org: a time zone may be corrected before there are members or prices');
SELECT is(pg_temp.import('org', pg_temp.org()), 1::bigint, 'org: and back');

-- people
CREATE FUNCTION pg_temp.people() RETURNS text LANGUAGE sql AS $$ SELECT '
person,name,hub,username
p1,Ann,hub-a,ann
p1,Ann,hub-b,ann
p2,Bob,,
' $$;
SELECT is(pg_temp.import('people', pg_temp.people()), 4::bigint, 'people: 2 persons, 2 user names');
SELECT is(pg_temp.import('people', pg_temp.people()), 0::bigint, 'people: the second time nothing changes');
SELECT is(pg_temp.import('people', replace(pg_temp.people(), 'Bob', 'Robert')), 1::bigint, 'people: a new name');
SELECT results_eq($$ SELECT pg_temp.complaints('people', '
person,name,hub,username
,No key,,
p3,,,
p4,Dan,hub-a,
p5,Eve,,eve
p2,Bob,hub-a,ann
p6,Flo,hub-a,flo
p7,Gus,hub-a,flo
p6,Flora,hub-b,flo
p8,Hal,,
p8,Hal,,
') $$, $$ VALUES
    ('2 person: is required'),
    ('3 name: is required'),
    ('4 username: is required with a hub'),
    ('5 hub: is required with a user name'),
    ('9 name: differs from the name in line 7'),
    ('11 person: is already in line 10') $$, 'people: every complaint');
SELECT results_eq($$ SELECT pg_temp.complaints('people', '
person,name,hub,username,valid_from,valid_to
p2,Bob,hub-a,ann,2026-09-01,
p6,Flo,hub-a,flo,,2026-09-01
p7,Gus,hub-a,flo,2026-08-31,
p7,Gus,hub-a,gus,2026-09-01T00:10Z,2026-08-01
p7,Gus,,,2026-09-01,
') $$, $$ VALUES
    ('5 valid_from: boundary 2026-09-01T00:10Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'),
    ('5 valid_to: is not after valid_from'),
    ('6 valid_from: is said of a user name: a person has none') $$, 'people: times of a user name');
SELECT results_eq($$ SELECT pg_temp.complaints('people', '
person,name,hub,username,valid_from,valid_to
p2,Bob,hub-a,ann,2026-09-01,
p6,Flo,hub-a,flo,,2026-09-01
p7,Gus,hub-a,flo,2026-08-31,
') $$, $$ VALUES
    ('2 person: a user name is one person''s at a time: overlaps one that is stored, (,) (source csv; import that one with its valid_to first, or void it)'),
    ('4 person: a user name is one person''s at a time: overlaps line 3') $$, 'people: a user name is one person''s at a time');
SELECT is(pg_temp.import('people', '
person,name,hub,username,valid_from,valid_to
p1,Ann,hub-a,ann,,2026-09-01
p2,Bob,hub-a,ann,2026-09-01,
'), 3::bigint, 'people: a name that is handed on (and Robert is Bob again)');
SELECT is(pg_temp.import('people', pg_temp.people()), 0::bigint, 'people: columns that are left out change nothing');
SELECT is(pg_temp.import('people', '
person,name,hub,username,valid_from,valid_to
p2,Bob,hub-a,ann,2026-09-01,2026-09-01T00:15-07:00
'), 1::bigint, 'people: and ends');

-- groups
CREATE FUNCTION pg_temp.groups() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,group,kind,name,unit,hub,policy,valid_from,valid_to
tu,lab,lab,Lab,bio,,,2026-01-01,2026-06-01
tu,lab,,,sci,hub-b,,2026-06-01,
tu,,,,,,equal,2026-01-01,
' $$;
SELECT is(pg_temp.import('groups', pg_temp.groups()), 5::bigint, 'groups: a group, two departments, a hub, a policy');
SELECT is(pg_temp.import('groups', pg_temp.groups()), 0::bigint, 'groups: the second time nothing changes');
SELECT is(pg_temp.import('groups', replace(pg_temp.groups(), 'Lab', 'Laboratory')), 1::bigint, 'groups: a new name');
SELECT results_eq($$ SELECT pg_temp.complaints('groups', '
institution,group,kind,name,unit,hub,policy,valid_from,valid_to
,,,,,,,,
xx,a,cat,A,,,,,
tu,(a),lab,A,math,,,,
tu,a/b,,,,a hub!,,2026-01-01T00:01Z,2025-01-01
tu,lab,,,,,equal,,
tu,,lab,L,bio,hub-b,never,,
tu,new,lab,New,,,,,
tu,new,course,Newer,,,,,
') $$, $$ VALUES
    ('2 group: is required, unless the row says a policy'), ('2 institution: is required'),
    ('3 institution: unknown institution'), ('3 kind: is not one of course, lab, project, service'),
    ('4 group: codes in parentheses are reserved'), ('4 unit: unknown department of tu'),
    ('5 group: has a /, which stands between institution and group in a tag'),
    ('5 hub: is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'),
    ('5 kind: is required: the group is new'), ('5 name: is required: the group is new'),
    ('5 valid_from: boundary 2026-01-01T00:01Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'),
    ('5 valid_to: is not after valid_from'),
    ('6 policy: belongs in a row of its own, without a group'),
    ('7 hub: belongs in the row of a group'), ('7 kind: belongs in the row of a group'), ('7 name: belongs in the row of a group'),
    ('7 policy: is not one of home, weights, equal'), ('7 unit: belongs in the row of a group'),
    ('8 kind: differs from the kind in another line: course'),
    ('9 name: differs from the name in another line: New') $$, 'groups: every complaint');
SELECT results_eq($$ SELECT pg_temp.complaints('groups', '
institution,group,kind,name,unit,hub,policy,valid_from,valid_to
tu,lab,,,bio,,,2026-05-01,
tu,two,lab,Two,,hub-b,,2027-01-01,
tu,,,,,,home,,2026-02-01
tu,two,,,bio,,,,
tu,two,,,sci,,,2030-01-01,
') $$, $$ VALUES
    ('2 unit: a group has one department at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00","2026-06-01 07:00:00+00") (source csv; import that one with its valid_to first, or void it)'),
    ('3 hub: a hub is there for one group at a time: overlaps one that is stored, ["2026-06-01 07:00:00+00",) (source csv; import that one with its valid_to first, or void it)'),
    ('4 policy: an institution has one policy at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00",) (source csv; import that one with its valid_to first, or void it)'),
    ('6 unit: a group has one department at a time: overlaps line 5') $$, 'groups: overlaps, in the file and with what is stored');

-- members
CREATE FUNCTION pg_temp.members() RETURNS text LANGUAGE sql AS $$ SELECT '
person,institution,group,role,weight,default,valid_from,valid_to
p1,tu,lab,pi,70,yes,2026-01-01,2026-06-01
p1,tu,lab,,30,,2026-06-01,
' $$;
SELECT is(pg_temp.import('members', pg_temp.members()), 2::bigint, 'members: two');
SELECT is(pg_temp.import('members', pg_temp.members()), 0::bigint, 'members: the second time nothing changes');
SELECT is(pg_temp.import('members', E'person,institution,group,valid_from,valid_to\np1,tu,lab,2026-06-01,'), 0::bigint,
    'members: columns that are left out change nothing');
SELECT is(pg_temp.import('members', E'person,institution,group,weight,valid_from,valid_to\np1,tu,lab,,2026-06-01,2026-07-01'), 1::bigint,
    'members: an empty weight is none');
SELECT results_eq($$ SELECT role, weight, is_default, upper(valid) FROM org.group_member ORDER BY lower(valid) $$,
    $$ VALUES ('pi', 70, true, '2026-06-01 07:00Z'::timestamptz), ('member', NULL, false, '2026-07-01 07:00Z') $$, 'members: as the files say');
SELECT results_eq($$ SELECT pg_temp.complaints('members', '
person,institution,group,role,weight,default,valid_from,valid_to
,,,,,,,
p9,tu,nothing,,0,maybe,2026-01-01,2026-01-01
p1,xx,lab,,1.5,no,soon,
') $$, $$ VALUES
    ('2 group: is required'), ('2 institution: is required'), ('2 person: is required'), ('2 valid_from: is required'),
    ('3 default: is neither yes nor no'), ('3 group: unknown group of tu'), ('3 person: unknown person'),
    ('3 valid_to: is not after valid_from'), ('3 weight: is not a whole number from 1 to 9999999'),
    ('4 institution: unknown institution'), ('4 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('4 weight: is not a whole number from 1 to 9999999') $$, 'members: every complaint');
SELECT pg_temp.import('groups', E'institution,group,kind,name\ntu,two,lab,Two') \g /dev/null
SELECT results_eq($$ SELECT pg_temp.complaints('members', '
person,institution,group,default,valid_from,valid_to
p1,tu,lab,,2026-05-01,2026-05-02
p1,tu,two,yes,2026-05-01,2026-05-02
p2,tu,two,yes,2026-05-01,
p2,tu,lab,yes,2027-05-01,
') $$, $$ VALUES
    ('2 valid_from: a person is in a group once at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00","2026-06-01 07:00:00+00") (source csv; import that one with its valid_to first, or void it)'),
    ('3 valid_from: a person has one default group at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00","2026-06-01 07:00:00+00") (source csv; import that one with its valid_to first, or void it)'),
    ('5 valid_from: a person has one default group at a time: overlaps line 4') $$, 'members: overlaps, in the file and with what is stored');

-- memberships
CREATE FUNCTION pg_temp.memberships() RETURNS text LANGUAGE sql AS $$ SELECT '
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-01,2026-11-02,yes
p1,tu,sci,2026-11-02,,yes
p2,tu,bio,2026-01-01T00:15:00Z,,no
' $$;
SELECT is(pg_temp.import('memberships', pg_temp.memberships()), 3::bigint, 'memberships: three');
SELECT is(pg_temp.import('memberships', pg_temp.memberships()), 0::bigint, 'memberships: the second time nothing changes');
SELECT results_eq($$ SELECT lower(valid), upper(valid) FROM org.membership WHERE home ORDER BY 1 $$,
    $$ VALUES ('2026-01-01 08:00Z'::timestamptz, '2026-11-02 08:00Z'::timestamptz), ('2026-11-02 08:00Z', NULL) $$,
    'memberships: a date is midnight of the institution');
SELECT is(pg_temp.import('memberships', replace(pg_temp.memberships(), '11-02,,', '11-02,2026-12-01,')), 1::bigint,
    'memberships: an end that is new closes the range');
SELECT results_eq($$ SELECT upper(valid) FROM org.membership WHERE home ORDER BY lower(valid) DESC LIMIT 1 $$,
    $$ VALUES ('2026-12-01 08:00Z'::timestamptz) $$, 'memberships: it is closed');
SELECT is(pg_temp.import('memberships', '
person,institution,unit,valid_from,valid_to,home
p1,tu,bio,2026-01-01,2026-09-01,yes
p1,tu,sci,2026-09-01,2026-11-02,yes
'), 2::bigint, 'memberships: one file may shorten one and fill the room');
SELECT is(pg_temp.import('memberships', '
person,institution,unit,valid_from,valid_to,home
p1,tu,sci,2026-09-01,2026-10-01,yes
p1,tu,bio,2026-10-01,2026-11-02,yes
'), 2::bigint, 'memberships: and again');
SELECT results_eq($$ SELECT pg_temp.complaints('memberships', '
person,institution,unit,valid_from,valid_to,home
,,,,,
p9,xx,bio,2026-13-01,tomorrow,maybe
p1,tu,math,2026-06-15T16:40Z,2026-01-01T00:00:01Z,yes
p1,(unowned),bio,2027-01-01,2027-01-01,no
') $$, $$ VALUES
    ('2 home: is required'), ('2 institution: is required'), ('2 person: is required'),
    ('2 unit: is required'), ('2 valid_from: is required'),
    ('3 home: is neither yes nor no'), ('3 institution: unknown institution'), ('3 person: unknown person'),
    ('3 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('3 valid_to: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('4 unit: unknown department of tu'),
    ('4 valid_from: boundary 2026-06-15T16:40Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'),
    ('4 valid_to: is not after valid_from'),
    ('5 institution: unknown institution'), ('5 valid_to: is not after valid_from') $$, 'memberships: every cell');
SELECT results_eq($$ SELECT pg_temp.complaints('memberships', '
person,institution,unit,valid_from,valid_to,home
p2,tu,bio,2027-01-01,,no
p2,tu,sci,2027-01-01,2027-03-01,yes
p2,tu,sci,2027-02-01,2027-04-01,no
p1,tu,bio,2026-08-01,2026-08-15,no
p1,tu,sci,2026-01-01,2026-02-01,yes
') $$, $$ VALUES
    ('2 valid_from: a person is in a department once at a time: overlaps one that is stored, ["2026-01-01 00:15:00+00",) (source csv; import that one with its valid_to first, or void it)'),
    ('4 valid_from: a person is in a department once at a time: overlaps line 3'),
    ('5 valid_from: a person is in a department once at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00","2026-09-01 07:00:00+00") (source csv; import that one with its valid_to first, or void it)'),
    ('6 valid_from: a person has one home department at a time: overlaps one that is stored, ["2026-01-01 08:00:00+00","2026-09-01 07:00:00+00") (source csv; import that one with its valid_to first, or void it)') $$,
    'memberships: overlaps, in the file and with what is stored');

-- prices
CREATE FUNCTION pg_temp.prices() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,gpu,h100,6.04,9.99,2026-01-01,2026-06-15T16:30Z
tu,gpu,h100,4.0000000000001,,2026-06-15T16:30Z,
tu,gpu,,1.803,,2026-01-01,
' $$;
SELECT is(pg_temp.import('prices', pg_temp.prices()), 3::bigint, 'prices: three');
SELECT is(pg_temp.import('prices', pg_temp.prices()), 0::bigint, 'prices: the second time nothing changes');
SELECT is(pg_temp.import('prices', replace(pg_temp.prices(), '1.803', '1.9')), 1::bigint, 'prices: a rate is corrected');
SELECT is(pg_temp.import('prices', replace(replace(pg_temp.prices(), '1.803', '1.9'), '9.99', '9')), 1::bigint,
    'prices: a market rate is corrected');
SELECT results_eq($$ SELECT pg_temp.complaints('prices', '
institution,resource,class,rate,market_rate,valid_from,valid_to
,,,,,,
xx,disk,,-1,1.00000000000001,2026-01-01T00:00,2026-02-30
tu,cpu,,1.00000000000001,-0.5,2026-06-15T16:40Z,
tu,cpu,,1e3,NaN,2026-06-15,2026-06-14
tu,cpu,,12345678901,00000000001.5,2026-06-15T24:30Z,
') $$, $$ VALUES
    ('2 institution: is required'), ('2 rate: is required'), ('2 resource: is required'), ('2 valid_from: is required'),
    ('3 institution: unknown institution'), ('3 market_rate: has more than 13 fraction digits'), ('3 rate: must not be negative'),
    ('3 resource: unknown resource: one of cpu, memory, gpu, storage, net_rx, net_tx'),
    ('3 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('3 valid_to: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)'),
    ('4 market_rate: must not be negative'), ('4 rate: has more than 13 fraction digits'),
    ('4 valid_from: boundary 2026-06-15T16:40Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)'),
    ('5 market_rate: is not a decimal number such as 0.013'), ('5 rate: is not a decimal number such as 0.013'),
    ('5 valid_to: is not after valid_from'),
    ('6 rate: has more than 10 digits before the point'),
    ('6 valid_from: is neither a date (2026-09-01) nor an instant (2026-09-01T00:00Z)') $$, 'prices: every cell');
SELECT results_eq($$ SELECT pg_temp.complaints('prices', '
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,1,,2026-01-01,2026-02-01
tu,cpu,,1,,2026-01-01,2026-03-01
tu,cpu,big,1,,2026-01-01,2026-03-01
tu,gpu,h100,1,,2027-01-01,
') $$, $$ VALUES
    ('3 valid_from: a resource and class have one price at a time: overlaps line 2'),
    ('5 valid_from: a resource and class have one price at a time: overlaps one that is stored, ["2026-06-15 16:30:00+00",) (source csv; import that one with its valid_to first, or void it)') $$,
    'prices: overlaps, in the file and with what is stored; a class is not any class');
SELECT results_eq($$ SELECT pg_temp.complaints('org', replace(pg_temp.org(), 'America/Los_Angeles,USD', 'UTC,EUR')) $$,
    $$ VALUES ('4 currency: can''t change from USD: the institution has prices or members'),
              ('4 time_zone: can''t change from America/Los_Angeles: the institution has prices or members') $$,
    'org: time zone and currency stay once there are members or prices');

-- what waits after an import
SELECT pg_temp.use(pg_temp.workload('hub-a', 'ann', 'w'), '', '2026-09-10 00:00Z', '2026-09-14 00:00Z', cores => 1);
SELECT pg_temp.use(pg_temp.workload('hub-c', 'ann', 'v'), '', '2026-09-10 00:00Z', '2026-09-14 00:00Z', cores => 1);
SELECT pg_temp.rate() \g /dev/null
SELECT is_empty($$ SELECT * FROM charge.dirty_days() $$, 'all is rated');
SELECT pg_temp.import('prices', '
institution,resource,class,rate,market_rate,valid_from,valid_to
tu,cpu,,1,,2026-09-12,
') \g /dev/null
SELECT results_eq($$ SELECT name, day FROM charge.dirty_days() JOIN usage.hub USING (hub_id) ORDER BY 1, 2 $$,
    $$ VALUES ('hub-a', '2026-09-12'::date), ('hub-a', '2026-09-13') $$,
    'a price: the days with usage of its hubs from there on');
SELECT pg_temp.rate() \g /dev/null
SELECT is(pg_temp.import('org', replace(pg_temp.org(), 'hub-a', 'hub-c')), 1::bigint, 'a hub nobody owned');
SELECT is((SELECT min(day) FROM charge.dirty_days()), '2026-09-10'::date, 'a first owner: all its days');
SELECT pg_temp.rate() \g /dev/null
SELECT is(pg_temp.import('org', '
institution,time_zone,currency,unit,parent,name,hub
ou,UTC,EUR,,,Other University,
ou,,,,,,hub-c
'), 2::bigint, 'a hub that changes hands');
SELECT results_eq($$ SELECT i.code, lower(o.valid), upper(o.valid) FROM org.hub_owner o JOIN org.institution i USING (institution_id)
                     WHERE hub = 'hub-c' ORDER BY lower(o.valid) NULLS FIRST $$,
    $$ VALUES ('tu', NULL, date_bin('15 min', now(), '2000-01-01 00:00Z')), ('ou', date_bin('15 min', now(), '2000-01-01 00:00Z'), NULL) $$,
    'from this slot on: the past stays whose it was');

-- days and clocks
SELECT is(import.parse_instant('2026-11-01', 'America/Havana'), '2026-11-01 04:00Z', 'two midnights: the first one');
SELECT is(import.parse_instant('2026-01-01', 'Asia/Kathmandu'), '2025-12-31 18:15Z', 'a zone of quarters of an hour');
SELECT is(import.parse_instant('2026-09-06', 'America/Santiago'), '2026-09-06 04:00Z', 'no midnight: the first instant of the day');
SELECT throws_ok($$ SELECT * FROM import.check_file('cats') $$, '22023', 'unknown kind "cats"', 'an unknown kind');

-- cells of any kind
SELECT is(import.text_fault(v), f, quote_literal(v)) FROM (VALUES
    ('ann', NULL), ('Lindqvist, Zoë', NULL), ('a  b', NULL), (E'a\tb', 'has a control character or line break'), (E'a\n', 'has a control character or line break'),
    (U&'a\0085b', 'has a control character or line break'), (U&'a\200Bb', 'has an invisible character: type it anew'), (U&'\FEFFann', 'has an invisible character: type it anew'),
    (U&'ann\00A0', 'has a no-break space: type a blank instead'), (' ann', 'begins with a blank'), ('ann ', 'ends with a blank')) c (v, f);
SELECT results_eq($$ SELECT pg_temp.complaints('prices', '
institution,resource,class,rate,valid_from,valid_to
tu,cpu,x,99999.9999,2030-01-01,
tu,cpu,y,100000,2030-01-01,
tu,storage,y,100,2030-01-01,
tu,gpu,y,999999,2030-01-01,
') $$, $$ VALUES ('3 rate: is too high to be booked: under 100000 per core-hour'), ('4 rate: is too high to be booked: under 100 per GiB-hour') $$,
    'a rate that would overflow a line');
SELECT ok(bool_and(charge.amount(most_units_a_day::numeric * base_units, 100000000000.0 / most_units_a_day - 0.0000000000001, base_units)::numeric(20,9) > 0),
    'and the highest one still fits') FROM price.resource;
SELECT results_eq($$ SELECT pg_temp.warnings('prices', '
institution,resource,class,rate,valid_from,valid_to
tu,cpu,h1000,1,2030-01-01,
tu,cpu,,1,2030-01-01,
') $$, $$ VALUES ('2 class: no node has had this class yet') $$, 'a class that nobody knows is a warning');
SELECT pg_temp.use(pg_temp.workload('hub-w', u, u), '', '2026-09-10 00:00Z', '2026-09-10 01:00Z', cores => 1) FROM unnest(ARRAY['grace.h@example.edu', U&'zoe\0308']) u \g /dev/null
SELECT results_eq($$ SELECT pg_temp.warnings('people', U&'
person,name,hub,username
pg,Grace,hub-w,Grace.H@Example.EDU
pz,Zoe,hub-w,zo\00EB
px,New,hub-w,new
pa,Ann,hub-nowhere,ann
pb,Bob,hub-nowhere,bob
') $$, $$ VALUES ('2 username: differs from grace.h@example.edu, which is known, only in how it is written'),
                 (U&'3 username: differs from zoe\0308, which is known, only in how it is written'),
                 ('5 hub: no node of this hub has sent anything yet, and no file declares it') $$, 'names that look like slips');
SELECT is_empty($$ SELECT pg_temp.warnings('people', E'person,name,hub,username\npg,Grace,hub-w,grace.h@example.edu') $$, 'the name as the hub writes it is none');

SELECT * FROM finish();
ROLLBACK;
