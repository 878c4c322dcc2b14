-- Where rates come from, for whom they are, and that a change is a row.
BEGIN;
\ir ../fixture.sql
SELECT plan(24);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,bio,,Biology,
ou,America/New_York,USD,,,Other University,
ou,,,lab,,Laboratory,
co,UTC,USD,,,Company,
co,,,rd,,Research,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,A,h,ann\np2,B,h,ben\np3,C,h,cat') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes\np2,ou,lab,2026-01-01,,yes\np3,co,rd,2026-01-01,,yes') \g /dev/null
CREATE FUNCTION pg_temp.prices() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,resource,class,rate,market_rate,valid_from,valid_to,rate_class
tu,cpu,,0.012,0.04,2026-01-01,,
tu,cpu,,0.03,,2026-01-01,,external
tu,cpu,,0.02,,2026-01-01,,external academic
' $$;
SELECT is(pg_temp.import('prices', pg_temp.prices()), 3::bigint, 'a rate for each class of customer');
SELECT is(pg_temp.import('prices', pg_temp.prices()), 0::bigint, 'the second time nothing changes');
SELECT pg_temp.use(pg_temp.workload('h', u, u), '', '2026-05-01 00:00Z', '2026-05-03 00:00Z', cores => 1) FROM unnest(ARRAY['ann', 'ben', 'cat', 'eve']) u \g /dev/null
CREATE FUNCTION pg_temp.cost(of_day date) RETURNS TABLE (username text, rate numeric, amount numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.rate();
    RETURN QUERY SELECT g.username, trim_scale(l.rate), l.amount FROM charge.line l JOIN charge.workload_group g USING (workload_group_id)
                 WHERE l.day = of_day ORDER BY 1, l.first_slot;
END
$$;
SELECT results_eq($$ SELECT * FROM pg_temp.cost('2026-05-01') $$, $$ VALUES ('ann', 0.012, 0.288), ('ben', 0.012, 0.288), ('cat', 0.012, 0.288), ('eve', 0.012, 0.288) $$, 'everybody is internal');
CREATE FUNCTION pg_temp.customers() RETURNS text LANGUAGE sql AS $$ SELECT '
provider,institution,rate_class,valid_from,valid_to
tu,ou,external academic,2026-05-01T12:00Z,
tu,co,external,,
' $$;
SELECT is(pg_temp.import('customers', pg_temp.customers()), 2::bigint, 'customers');
SELECT is(pg_temp.import('customers', pg_temp.customers()), 0::bigint, 'the second time nothing changes');
SELECT results_eq('SELECT DISTINCT day, username FROM ingest.dirty_day ORDER BY 1', $$ VALUES ('2026-05-01'::date, NULL::text), ('2026-05-02', NULL) $$, 'the days of the provider''s hubs wait');
SELECT results_eq($$ SELECT * FROM pg_temp.cost('2026-05-01') $$, $$ VALUES ('ann', 0.012, 0.288), ('ben', 0.012, 0.144), ('ben', 0.02, 0.24), ('cat', 0.03, 0.72), ('eve', 0.012, 0.288) $$,
    'each by its rate, from then on; who is nobody is internal');
SELECT is_empty($$ SELECT l.line_id FROM charge.line l WHERE (SELECT sum((u ->> 'billable')::bigint) FROM jsonb_array_elements(report.line_usage(l.line_id)) u) <> l.billable $$, 'explained by their own usage');
SELECT results_eq($$ SELECT pg_temp.complaints('customers', E'provider,institution,rate_class,valid_from,valid_to\ntu,tu,internal,,\nxx,,external,2026-05-01T00:01Z,\ntu,ou,external,2026-06-01,') $$, $$ VALUES
    ('2 institution: is the provider: its people are internal'), ('2 rate_class: is not one of external academic, external'),
    ('3 institution: is required'), ('3 provider: unknown institution'), ('3 valid_from: boundary 2026-05-01T00:01Z is not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)') $$, 'customers: every complaint');
SELECT results_eq($$ SELECT pg_temp.complaints('customers', E'provider,institution,rate_class,valid_from,valid_to\ntu,ou,external,2026-06-01,') $$, $$ VALUES
    ('2 institution: an institution is a customer of another once at a time: overlaps one that is stored, ["2026-05-01 12:00:00+00",) (source csv; import that one with its valid_to first, or void it)') $$, 'customers: overlaps');

-- a change is a new row
SELECT is(pg_temp.import('prices', replace(pg_temp.prices(), '0.012,', '0.013,')), 1::bigint, 'another rate');
SELECT results_eq($$ SELECT trim_scale(rate), void_reason FROM price.book WHERE rate_class = 'internal' ORDER BY price_id $$, $$ VALUES (0.012, 'replaced by another rate from the same time on'), (0.013, NULL) $$, 'is another row');
SELECT is(pg_temp.import('prices', replace(pg_temp.prices(), '0.012,0.04,2026-01-01,,', '0.013,0.04,2026-01-01,2026-05-02,')), 1::bigint, 'an end that moves');
SELECT is(count(*), 4::bigint, 'is the same row') FROM price.book;
SELECT results_eq($$ SELECT pg_temp.warnings('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,0.014,2026-05-03,\ntu,gpu,,2,2026-01-01,2026-06-30\ntu,gpu,,3,2026-07-01,\ntu,memory,,1,2026-01-01,2026-07-01\ntu,memory,,2,2026-07-01,') $$,
    $$ VALUES ('3 valid_to: there is no price from then until 2026-07-01T00:00Z (valid_to is exclusive)') $$, 'a gap between two rows of one price: the 30th would be free');
SELECT results_eq($$ SELECT pg_temp.complaints('prices', E'institution,resource,class,rate,valid_from,valid_to,rate_class\ntu,cpu,,1,2027-01-01,,friends') $$, $$ VALUES ('2 rate_class: is not one of internal, external academic, external') $$, 'a rate class that is none');

-- M10
CREATE FUNCTION pg_temp.studies() RETURNS text LANGUAGE sql AS $$ SELECT '
institution,resource,period_start,period_end,cost_pool,carried_over,projected_units,actual_cost,actual_units
tu,cpu,2025-07-01,2026-07-01,180000,12000,14000000,183000,14600000
tu,cpu,2026-07-01,2027-07-01,190000,4200,15000000,,
' $$;
SELECT is(pg_temp.import('rate-studies', pg_temp.studies()), 2::bigint, 'M10: studies');
SELECT is(pg_temp.import('rate-studies', pg_temp.studies()), 0::bigint, 'the second time nothing changes');
SELECT results_eq('SELECT rate, recovered, needed, over_recovered FROM report.rate_study ORDER BY period_start',
    $$ VALUES (0.0120000000000, 175200.00, 171000.00, 4200.00), (0.0123866666667, NULL, NULL, NULL) $$, 'M10: rate, recovery, and what is carried on');
SELECT is_empty($$ SELECT pg_temp.warnings('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,storage,,0.014,2026-05-03,') $$, 'a study that is fresh');
SELECT pg_temp.import('rate-studies', E'institution,resource,period_start,period_end,cost_pool,projected_units\nou,cpu,2020-07-01,2021-07-01,1,1') \g /dev/null
SELECT results_eq($$ SELECT pg_temp.warnings('prices', E'institution,resource,class,rate,valid_from,valid_to\nou,cpu,,0.014,2026-05-03,') $$, $$ VALUES ('2 institution: its newest rate study ended on 2021-07-01, more than 24 months ago') $$, 'and one that is stale');
SELECT results_eq('SELECT institution, is_stale FROM report.rate_study WHERE is_stale', $$ VALUES ('ou', true) $$, 'which the report says as well');
SELECT results_eq($$ SELECT pg_temp.complaints('rate-studies', E'institution,resource,period_start,period_end,cost_pool,carried_over,projected_units,actual_cost,actual_units\nxx,tea,2026-7-1,,-1,x,0,-2,y') $$, $$ VALUES
    ('2 actual_cost: must not be negative'), ('2 actual_units: is not a number of units such as 14600000'), ('2 carried_over: is not an amount such as 180000.00'), ('2 cost_pool: must not be negative'),
    ('2 institution: unknown institution'), ('2 period_end: is not a date such as 2027-07-01'), ('2 period_start: is not a date such as 2026-07-01'),
    ('2 projected_units: is not a number of units such as 14000000'), ('2 resource: unknown resource: one of cpu, memory, gpu, storage, net_rx, net_tx') $$, 'rate studies: every complaint');
SELECT is(pg_temp.import('rate-studies', replace(pg_temp.studies(), '190000', '191000')), 1::bigint, 'a study may be mended');

SELECT * FROM finish();
ROLLBACK;
