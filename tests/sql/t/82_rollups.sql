-- The sums that reports of departments and people read are those of the shares, whatever happens to these.
BEGIN;
\ir ../fixture.sql
SELECT plan(9);

SELECT pg_temp.import('org', E'institution,name,time_zone,currency,unit,hub\nuni,University,UTC,USD,,\nuni,Physics,,,physics,\nuni,Biology,,,biology,\nuni,,,,,h\n') \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ada,h,ada\np2,Bob,h,bob\n') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,home,valid_from\np1,uni,physics,yes,2026-01-01\np2,uni,biology,yes,2026-01-01\n') \g /dev/null
SELECT pg_temp.import('prices', E'institution,class,resource,rate,valid_from,valid_to\nuni,,cpu,0.05,2026-01-01,\nuni,,memory,0.01,2026-01-01,\n') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-30 22:00Z', '2026-06-02 01:00Z', cores => 3, mib => 1000)
FROM unnest(ARRAY['ada', 'bob', 'eve', '']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null

CREATE FUNCTION pg_temp.off() RETURNS SETOF report.rollup_reconciliation LANGUAGE sql AS $$
    SELECT * FROM report.rollup_reconciliation WHERE difference <> 0 OR shares <> rolled_up $$;
CREATE FUNCTION pg_temp.quantities() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*)
    FROM (SELECT month, unit_id, resource, sum(used) AS u, sum(reserved) AS r, sum(billable) AS b FROM charge.share GROUP BY 1, 2, 3) AS s
    FULL JOIN (SELECT month, unit_id, resource, sum(used) AS u, sum(reserved) AS r, sum(billable) AS b FROM charge.unit_month GROUP BY 1, 2, 3) AS d
           ON (s.month, s.resource) = (d.month, d.resource) AND s.unit_id IS NOT DISTINCT FROM d.unit_id
    FULL JOIN (SELECT month, unit_id, resource, sum(used) AS u, sum(reserved) AS r, sum(billable) AS b FROM charge.person_month GROUP BY 1, 2, 3) AS p
           ON (s.month, s.resource) = (p.month, p.resource) AND s.unit_id IS NOT DISTINCT FROM p.unit_id
    WHERE (coalesce(s.u, 0), coalesce(s.r, 0), coalesce(s.b, 0)) IS DISTINCT FROM (coalesce(d.u, 0), coalesce(d.r, 0), coalesce(d.b, 0))
       OR (coalesce(s.u, 0), coalesce(s.r, 0), coalesce(s.b, 0)) IS DISTINCT FROM (coalesce(p.u, 0), coalesce(p.r, 0), coalesce(p.b, 0)) $$;

SELECT is((SELECT count(*) FROM report.rollup_reconciliation WHERE shares > 0), 4::bigint, 'two months, by department and by person');
SELECT is_empty('SELECT * FROM pg_temp.off()', 'rated: amounts and numbers of shares');
SELECT is(pg_temp.quantities(), 0::bigint, 'rated: quantities');
SELECT is((SELECT sum(amount) FROM report.user_cost), (SELECT sum(amount) FROM charge.share), 'people cost what is charged');

-- Somebody becomes known, somebody moves, a price changes.
SELECT pg_temp.import('people', E'person,name,hub,username\np3,Eve,h,eve\n') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,home,valid_from,valid_to\np3,uni,physics,yes,2026-01-01,\np2,uni,biology,yes,2026-01-01,2026-06-01T12:00Z\np2,uni,physics,yes,2026-06-01T12:00Z,\n') \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'late', 'late'), '', '2026-05-31 10:00Z', '2026-05-31 11:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT is_empty('SELECT * FROM pg_temp.off()', 'rated again: amounts and numbers of shares');
SELECT is(pg_temp.quantities(), 0::bigint, 'rated again: quantities');

SELECT throws_ok('UPDATE charge.unit_month SET shares = 0; DELETE FROM charge.share WHERE month = ''2026-05-01''', '23514', NULL,
                 'a sum that does not hold what is taken off it is an error');
SELECT is((SELECT count(*) FROM charge.unit_month WHERE unit_id IS NULL AND month = '2026-06-01' AND shares > 0), 2::bigint,
          'what nobody pays for has its sums, too');
SELECT is((SELECT count(DISTINCT department) FROM report.department_cost WHERE month = '2026-06-01'), 3::bigint,
          'a department without shares is no row, the others are');
SELECT * FROM finish();
ROLLBACK;
