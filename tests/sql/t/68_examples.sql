-- Worked figures by name, where no other file has them.
BEGIN;
\ir ../fixture.sql
SELECT plan(14);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,America/New_York,USD,,,Testville University,
tu,,,a,,A,
tu,,,b,,B,
tu,,,c,,C,
tu,,,,,,h
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,A,h,ann') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,a,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,0.013,2026-01-01,\ntu,gpu,,1.803,2026-01-01,') \g /dev/null

-- M1, in nano-units: a bill of so many, in fixed parts
SELECT pg_temp.import('bill-rules', E'institution,service,component\ntu,*,core') \g /dev/null
CREATE FUNCTION pg_temp.split(nanos bigint, parts integer[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    PERFORM pg_temp.import('bill-policies', E'institution,component,policy,unit,ppm\n'
        || (SELECT string_agg(format('tu,core,fixed,%s,%s', (ARRAY['a', 'b', 'c'])[n], p), E'\n') FROM unnest(parts) WITH ORDINALITY v (p, n)));
    PERFORM set_config('hubmeter.institution', 'tu', true), set_config('hubmeter.file', 'f', true);
    PERFORM pg_temp.import('bill', E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName\n'
        || format('%s,USD,2026-05-01,2026-06-01,2026-05-01,2026-06-01,Usage,x', nanos * 0.000000001));
    PERFORM charge.begin_run('bill', ''), charge.distribute(statement_id) FROM bill.statement;
    SELECT array_agg((amount * 1000000000)::bigint ORDER BY sequence) INTO found FROM charge.share WHERE basis = 'actual' AND resource = 'core';
    RETURN found;
END
$$;
SELECT is(pg_temp.split(1001, '{500000,500000}'), '{501,500}', 'M1: 10.01 at 50/50');
SELECT is(pg_temp.split(10000, '{333333,333333,333334}'), '{3333,3333,3334}', 'M1: 100.00 by ppm');
SELECT is(pg_temp.split(335, '{300000,700000}'), '{101,234}', 'M1: 3.35 at 30/70');
SELECT is(pg_temp.split(101, '{500000,250000,250000}'), '{51,25,25}', 'M1: 1.01 at 50/25/25');
SELECT is(pg_temp.split(-1001, '{500000,500000}'), '{-501,-500}', 'M1: -10.01 at 50/50');
SELECT pg_temp.import('bill-policies', E'institution,component,policy\ntu,core,even') \g /dev/null
UPDATE bill.statement SET is_dirty = true;
SELECT pg_temp.import('bill', E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName\n0.000010000,USD,2026-05-01,2026-06-01,2026-05-01,2026-06-01,Usage,x') \g /dev/null
SELECT charge.begin_run('bill', ''), charge.distribute(statement_id) FROM bill.statement \g /dev/null
SELECT results_eq($$ SELECT (amount * 1000000000)::bigint FROM charge.share WHERE basis = 'actual' ORDER BY sequence $$, ARRAY[3334, 3333, 3333]::bigint[], 'M1: 100.00 over three equal');

-- M2: lines
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm2'), '', '2026-06-02 00:00Z', '2026-06-03 13:00Z', cores => 4) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm2g'), '', '2026-06-02 00:00Z', '2026-06-02 12:30Z', gpus => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT is(sum(amount), 24.461500000, 'M2: 37 h x 4 cores + 12.5 h x A100') FROM charge.line WHERE basis = 'rate_card';

-- M8: a correction, the month open
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm8'), '', '2026-06-10 00:00Z', '2026-06-10 01:00Z', cores => 4) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT is(amount, 0.052000000, 'M8: it said 4 cores x 3600 s') FROM charge.line WHERE day = '2026-06-10' AND resource = 'cpu';
UPDATE usage.slot SET cpu_used_usec = cpu_used_usec * 3000 / 3600, cpu_billable_usec = cpu_billable_usec * 3000 / 3600
WHERE slot_start >= '2026-06-10Z' AND slot_start < '2026-06-11Z';
SELECT throws_ok($$ SELECT charge.rate_day(hub_id, '2026-06-10', charge.begin_run('usage', '')) FROM usage.hub WHERE name = 'h' $$, 'HM002', NULL, 'M8: less than was charged is not taken for granted');
SELECT ok(charge.accept_usage('h', '2026-06-10', 'the collector''s clock') > 0, 'M8: somebody says that it is right');
SELECT pg_temp.rate() \g /dev/null
SELECT is(amount, 0.043333333, 'M8: 3000 s') FROM charge.line WHERE day = '2026-06-10' AND resource = 'cpu';
SELECT is(r.detail, 'usage: the collector''s clock', 'M8: the run says why') FROM charge.run_day d JOIN charge.run r USING (run_id) WHERE d.day = '2026-06-10' ORDER BY run_id DESC LIMIT 1;

-- P4: a month that begins in summer time and ends in winter time
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'p4'), '', '2026-11-01 03:00Z', '2026-11-01 18:00Z', cores => 1) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'p4b'), '', '2026-11-30 23:00Z', '2026-12-01 05:00Z', cores => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT results_eq($$ SELECT month, sum(billable) / 1000000, sum(amount) FROM charge.line WHERE resource = 'cpu' AND day >= '2026-11-01' GROUP BY month, day <= '2026-11-02' ORDER BY month, 2 DESC $$,
    $$ VALUES ('2026-10-01'::date, 3600.0, 0.013), ('2026-11-01', 50400, 0.182), ('2026-11-01', 21600, 0.078) $$, 'P4: 3,600 / 50,400 / 21,600 core-seconds');

-- T3: a batch that is missing is seen
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 't3'), '', '2026-06-20 00:00Z', '2026-06-20 01:00Z', cores => 1) \g /dev/null
INSERT INTO ingest.gap (topic, stream, first_sequence, last_sequence) VALUES ('usage.h.v1', decode(repeat('00', 16), 'hex'), 1204, 1204);
SELECT pg_temp.rate() \g /dev/null
SELECT is(report.explain_line(line_id) ->> 'gaps', '1', 'T3: 1,203 of 1,204 batches: the line says so') FROM charge.line WHERE day = '2026-06-20' AND resource = 'cpu';

SELECT * FROM finish();
ROLLBACK;
