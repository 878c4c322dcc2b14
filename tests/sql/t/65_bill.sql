-- Bills: every cent of them is somebody's, or has a name.
BEGIN;
\ir ../fixture.sql
SELECT plan(53);

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,bio,,Biology,
tu,,,phys,,Physics,
tu,,,,,,h
tu,,,,,,k
$$) \g /dev/null
SELECT pg_temp.import('people', $$
person,name,hub,username
a,A,h,a
b,B,h,b
c,C,h,c
u1,U1,k,u1
u2,U2,k,u2
$$) \g /dev/null
SELECT pg_temp.import('memberships', $$
person,institution,unit,valid_from,valid_to,home
a,tu,bio,2026-01-01,,yes
b,tu,bio,2026-01-01,,yes
c,tu,phys,2026-01-01,,yes
u1,tu,bio,2026-01-01,,yes
u2,tu,phys,2026-01-01,,yes
$$) \g /dev/null
SELECT pg_temp.import('bill-rules', $$
institution,account,service,category,resource,tag,tag_value,hub,component,class,provisioned_gib
tu,,Machines,,cpu-node,,,h,compute,cpu-node,
tu,,Machines,,gpu-node,,,h,compute,gpu-node,
tu,,Machines,,,2i2c:hub-name,*,=tag,compute,,
tu,,Disks,,vol-1,,,h,storage,,100
tu,,Disks,,,,,k,storage,,
tu,,Traffic,,,,,k,network,,
tu,,Kubernetes*,,,,,,core,,
tu,,,Credit,,,,k,compute,,
$$) \g /dev/null

-- A node of a class that was there from one instant to another.
CREATE FUNCTION pg_temp.node(of_hub text, of_class text, starts timestamptz, ends timestamptz, cores integer, mib integer, gpus integer)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage.hub (name) VALUES (of_hub) ON CONFLICT DO NOTHING;
    INSERT INTO usage.node (hub_id, name, last_window_end) SELECT hub_id, of_class, ends FROM usage.hub WHERE name = of_hub ON CONFLICT DO NOTHING;
    INSERT INTO usage.resource_class (name) VALUES (of_class) ON CONFLICT DO NOTHING;
    PERFORM usage.ensure_month(starts), usage.ensure_month(ends);
    INSERT INTO usage.node_slot SELECT s, n.node_id, c.class_id, 900000, 900000000::bigint * cores, 0, 0, 900::bigint * mib, 0, 0, 900000::bigint * gpus, 0, 0
    FROM generate_series(starts, ends - interval '15 min', '15 min') s, usage.node n JOIN usage.hub h USING (hub_id), usage.resource_class c
    WHERE n.name = of_class AND h.name = of_hub AND c.name = of_class;
END
$$;
CREATE FUNCTION pg_temp.bill(file text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM set_config('hubmeter.institution', 'tu', true), set_config('hubmeter.file', 'focus.csv', true);
    PERFORM pg_temp.stage('bill', file);
    SELECT * INTO complaint FROM import.check_file('bill') WHERE severity = 'error' ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: %', complaint.column_name, complaint.reason;
    END IF;
    RETURN import.apply_file('bill');
END
$$;
CREATE FUNCTION pg_temp.distribute() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tally text := '';
    s record;
    r record;
BEGIN
    PERFORM charge.begin_run('bill', '');
    FOR s IN SELECT statement_id FROM bill.statement WHERE is_dirty ORDER BY 1 LOOP
        SELECT * INTO r FROM charge.distribute(s.statement_id);
        tally := tally || r::text;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN tally;
END
$$;
CREATE FUNCTION pg_temp.costs(of_day date) RETURNS TABLE (component text, username text, department text, amount numeric) LANGUAGE sql AS $$
    SELECT s.resource, g.username, coalesce(u.code, s.reason), sum(s.amount)
    FROM charge.share s JOIN charge.workload_group g USING (workload_group_id) LEFT JOIN org.unit u USING (unit_id)
    WHERE s.basis = 'actual' AND s.day = of_day GROUP BY s.resource, g.username, 3 ORDER BY s.resource COLLATE "C", g.username COLLATE "C", min(coalesce(u.code, s.reason)) COLLATE "C" $$;

-- B1: a GPU user
SELECT pg_temp.node('h', 'cpu-node', '2026-09-01 00:00Z', '2026-09-02 00:00Z', 0, 32768, 0) \g /dev/null
SELECT pg_temp.node('h', 'gpu-node', '2026-09-01 08:00Z', '2026-09-01 18:00Z', 4, 16384, 1) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u), 'cpu-node', '2026-09-01 08:00Z', '2026-09-01 18:00Z', mib => 8192) FROM unnest(ARRAY['a', 'b']) u \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'c', 'c'), 'gpu-node', '2026-09-01 08:00Z', '2026-09-01 18:00Z', mib => 4096, gpus => 1) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE FUNCTION pg_temp.b1(node_cost text DEFAULT '0.252') RETURNS text LANGUAGE sql AS $$
    SELECT E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ResourceId,BillingAccountId\n'
        || string_agg(format('%s,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-01T%sZ,2026-09-01T%s:59:59Z,Usage,Machines,%s,1', c.cost, to_char(n, 'FM00') || ':00:00', to_char(n, 'FM00'), c.node), E'\n')
    FROM generate_series(0, 23) n, (VALUES (node_cost, 'cpu-node', 0, 23), ('0.526', 'gpu-node', 8, 17)) c (cost, node, first, last)
    WHERE n BETWEEN c.first AND c.last $$;
SELECT is(pg_temp.bill(pg_temp.b1()), 34::bigint, 'B1: 34 hours of machines');
SELECT is(pg_temp.bill(pg_temp.b1()), 0::bigint, 'B1: the same file again changes nothing');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-01') $$, $$ VALUES ('compute', 'a', 'bio', 0.63), ('compute', 'b', 'bio', 0.63), ('compute', 'c', 'phys', 5.26), ('compute idle', '', 'idle', 4.788) $$,
    'B1: per class, and idle is explicit');
SELECT results_eq('SELECT total, people, idle, residual, difference, state FROM report.bill_reconciliation', $$ VALUES (11.308, 6.52, 4.788, 0::numeric, 0.0, 'distributed') $$, 'B1: the bill, to zero');
UPDATE bill.statement SET is_dirty = true;
SELECT is(pg_temp.distribute(), '(0,0,0,4)', 'again: nothing is touched');
SELECT is(pg_temp.import('bill-policies', E'institution,component,policy\ntu,idle,spread'), 1::bigint, 'B1: idle is to be spread');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-01') WHERE username IN ('a', 'b', 'c', '') $$,
    $$ VALUES ('compute', 'a', 'bio', 1.26), ('compute', 'b', 'bio', 1.26), ('compute', 'c', 'phys', 5.26), ('compute idle', '', 'idle', 3.528) $$,
    'B1: spread over those who used the class in the hour; hours without anybody stay idle');

-- over the whole day at once, as a bill by day has it
SELECT is(pg_temp.bill(E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ResourceId,BillingAccountId\n'
    '6.048,USD,2026-09-01,2026-10-01,2026-09-01,2026-09-02,Usage,Machines,cpu-node,1\n5.26,USD,2026-09-01,2026-10-01,2026-09-01 08:00:00,2026-09-01 18:00:00,Usage,Machines,gpu-node,1'), 2::bigint, 'restated by the day, without zones');
SELECT results_eq('SELECT total, difference FROM bill.revision ORDER BY revision_id', $$ VALUES (11.308, 11.308), (11.308, 0.0) $$, 'the difference is recorded: none');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-01') $$, $$ VALUES ('compute', 'a', 'bio', 3.024), ('compute', 'b', 'bio', 3.024), ('compute', 'c', 'phys', 5.26) $$,
    'B1: idle spread over the class''s users');
SELECT pg_temp.import('bill-policies', E'institution,component,policy\ntu,idle,line') \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-01') $$, $$ VALUES ('compute', 'a', 'bio', 0.63), ('compute', 'b', 'bio', 0.63), ('compute', 'c', 'phys', 5.26), ('compute idle', '', 'idle', 4.788) $$,
    'B1: or a line of its own');

-- a quarter of a GPU
SELECT pg_temp.node('h', 'gpu-node', '2026-09-05 00:00Z', '2026-09-05 01:00Z', 4, 16384, 4) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', 'c', 'c5'), 'gpu-node', '2026-09-05 00:00Z', '2026-09-05 01:00Z', mib => 4096, gpus => 3) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
CREATE FUNCTION pg_temp.focus(rows text, account text DEFAULT '2', month text DEFAULT '2026-09') RETURNS text LANGUAGE sql AS $$
    SELECT E'BillingCurrency,BillingPeriodStart,BillingPeriodEnd,BillingAccountId,BilledCost,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ResourceId,Tags\n'
        || string_agg(format('USD,%s-01T00:00:00Z,%s,%s,%s', month, ((month || '-01')::timestamp + interval '1 month')::text || 'Z', account, r), E'\n')
    FROM regexp_split_to_table(btrim(rows, E'\n'), E'\n') r $$;
SELECT pg_temp.bill(pg_temp.focus('4,2026-09-05T00:00Z,2026-09-05T01:00Z,Usage,Machines,gpu-node,')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-05') $$, $$ VALUES ('compute', 'c', 'phys', 3.0), ('compute idle', '', 'idle', 1) $$, 'one of four GPUs stands idle');

-- slices of a GPU are units of their class; a GPU that is shared in time is shared in cost
SELECT pg_temp.node('h', 'mig-1g', '2026-09-15 00:00Z', '2026-09-15 01:00Z', 4, 16384, 7) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u || 'mig'), 'mig-1g', '2026-09-15 00:00Z', '2026-09-15 01:00Z', mib => 1024, gpus => n) FROM (VALUES ('a', 1), ('c', 2)) v (u, n) \g /dev/null
SELECT pg_temp.node('h', 'gpu-node', '2026-09-16 00:00Z', '2026-09-16 01:00Z', 4, 16384, 1) \g /dev/null
SELECT pg_temp.use(pg_temp.workload('h', u, u || 'time'), 'gpu-node', '2026-09-16 00:00Z', '2026-09-16 01:00Z', mib => 1024, gpus => 1) FROM unnest(ARRAY['a', 'b', 'c', 'd']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.import('bill-rules', $$
institution,account,service,category,resource,tag,tag_value,hub,component,class,provisioned_gib
tu,,Machines,,mig-node,,,h,compute,mig-1g,
tu,,Machines,,cpu-node,,,h,compute,cpu-node,
tu,,Machines,,gpu-node,,,h,compute,gpu-node,
tu,,Machines,,,2i2c:hub-name,*,=tag,compute,,
tu,,Disks,,vol-1,,,h,storage,,100
tu,,Disks,,,,,k,storage,,
tu,,Traffic,,,,,k,network,,
tu,,Kubernetes*,,,,,,core,,
tu,,,Credit,,,,k,compute,,
$$) \g /dev/null
SELECT pg_temp.bill(pg_temp.focus(E'7,2026-09-15T00:00Z,2026-09-15T01:00Z,Usage,Machines,mig-node,\n4,2026-09-16T00:00Z,2026-09-16T01:00Z,Usage,Machines,gpu-node,', '13')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-15') $$, $$ VALUES ('compute', 'a', 'bio', 1.0), ('compute', 'c', 'phys', 2), ('compute idle', '', 'idle', 4) $$, 'three of seven slices');
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-16') $$, $$ VALUES ('compute', 'a', 'bio', 1.0), ('compute', 'b', 'bio', 1), ('compute', 'c', 'phys', 1), ('compute', 'd', 'no alias', 1) $$, 'four on one GPU, a quarter each, and nothing idle');

-- B2: nobody logged in; a volume; a shared directory
SELECT pg_temp.node('h', 'cpu-node', '2026-09-06 00:00Z', '2026-09-07 00:00Z', 4, 32768, 0) \g /dev/null
SELECT pg_temp.bill(pg_temp.focus('50,2026-09-06T00:00Z,2026-09-07T00:00Z,Usage,Machines,cpu-node,', '3')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-06') $$, $$ VALUES ('compute idle', '', 'idle', 50.0) $$, 'B2: nobody logged in');
SELECT pg_temp.bill(pg_temp.focus('50,2026-09-20T00:00Z,2026-09-21T00:00Z,Usage,Machines,cpu-node,', '4')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-20') $$, $$ VALUES ('compute idle', '', 'idle', 50.0) $$, 'B2: not even a node was seen');
CREATE FUNCTION pg_temp.store(of_hub text, of_user text, gib integer, of_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w bigint := pg_temp.workload(of_hub, of_user, of_user || of_day);
BEGIN
    PERFORM pg_temp.use(w, '', of_day::timestamp AT TIME ZONE 'UTC', (of_day + 1)::timestamp AT TIME ZONE 'UTC');
    UPDATE usage.slot SET storage_mib_sec = 900::bigint * 1024 * gib WHERE workload_id = w;
END
$$;
SELECT pg_temp.store('h', u, n, '2026-09-07') FROM (VALUES ('a', 10), ('b', 6), ('c', 4)) v (u, n) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(pg_temp.focus('8,2026-09-07T00:00Z,2026-09-08T00:00Z,Usage,Disks,vol-1,', '5')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-07') $$, $$ VALUES ('storage', 'a', 'bio', 0.8), ('storage', 'b', 'bio', 0.48), ('storage', 'c', 'phys', 0.32), ('storage idle', '', 'idle', 6.4) $$,
    'B2: a volume of 100 GiB, most of it unused');
SELECT pg_temp.store('k', u, n, '2026-09-08') FROM (VALUES ('u1', 1), ('_shared', 9)) v (u, n) \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(pg_temp.focus('10,2026-09-08T00:00Z,2026-09-09T00:00Z,Usage,Disks,vol-2,', '6')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-08') $$, $$ VALUES ('storage', '_shared', 'no alias', 9.0), ('storage', 'u1', 'bio', 1) $$, 'B2: _shared is nobody');

-- B3, and a hub by tag
SELECT pg_temp.use(pg_temp.workload('k', u, u || 9), '', '2026-09-09 00:00Z', '2026-09-09 01:00Z', mib => 1024) FROM unnest(ARRAY['u1', 'u2', 'u3']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(replace(pg_temp.focus('100,2026-09-09T00:00Z,2026-09-09T01:00Z,Usage,Machines,i-1,TAGS', '7'), 'TAGS', '{"2i2c:hub-name": "k"}')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-09') $$, $$ VALUES ('compute', 'u1', 'bio', 33.333333334), ('compute', 'u2', 'phys', 33.333333333), ('compute', 'u3', 'no alias', 33.333333333) $$,
    'B3: three equal users; no capacity is known, so nothing is idle');

-- W2: who pays follows the groups
SELECT pg_temp.use(pg_temp.workload('k', u, u || 10), '', '2026-09-10 00:00Z', '2026-09-10 01:00Z', mib => m) FROM (VALUES ('u1', 400), ('u2', 400), ('u3', 200)) v (u, m) \g /dev/null
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit,policy,valid_from,valid_to\ntu,gb,lab,GB,bio,,2026-09-10,\ntu,gp,lab,GP,phys,,2026-09-10,\ntu,,,,,weights,2026-09-10,') \g /dev/null
SELECT pg_temp.import('members', E'person,institution,group,weight,valid_from,valid_to\nu2,tu,gb,75,2026-09-10,2026-09-11\nu2,tu,gp,25,2026-09-10,2026-09-11') \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(replace(pg_temp.focus('100,2026-09-10T00:00Z,2026-09-10T01:00Z,Usage,Machines,i-1,TAGS', '8'), 'TAGS', '{"2i2c:hub-name": "k"}')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT department, sum(amount) FROM pg_temp.costs('2026-09-10') GROUP BY 1 ORDER BY department COLLATE "C" $$, $$ VALUES ('bio', 70.0), ('no alias', 20), ('phys', 10) $$, 'W2: weights 75/25');
SELECT pg_temp.import('groups', E'institution,group,kind,name,unit,policy,valid_from,valid_to\ntu,,,,,equal,2026-09-10,') \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT ok(is_dirty, 'who pays changed: the bill is to be distributed again') FROM bill.statement WHERE account = '8';
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT department, sum(amount) FROM pg_temp.costs('2026-09-10') GROUP BY 1 ORDER BY department COLLATE "C" $$, $$ VALUES ('bio', 60.0), ('no alias', 20), ('phys', 20) $$, 'W2: equal');

-- network, credits, and what has no driver
SELECT pg_temp.use(pg_temp.workload('k', 'u1', 'n'), '', '2026-09-11 00:00Z', '2026-09-12 00:00Z') \g /dev/null
UPDATE usage.slot SET net_rx_bytes = 3, net_tx_bytes = 1 WHERE slot_start = '2026-09-11 05:00Z';
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(pg_temp.focus(E'1.5,2026-09-11T00:00Z,2026-09-12T00:00Z,Usage,Traffic,,\n2,2026-09-12T00:00Z,2026-09-13T00:00Z,Usage,Traffic,,\n7,2026-09-12T00:00Z,2026-09-13T00:00Z,Usage,Mystery,x,\n-3.000000000000001,2026-09-12T00:00Z,2026-09-13T00:00Z,Credit,Machines,,', '9')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-11') $$, $$ VALUES ('network', 'u1', 'bio', 1.5) $$, 'network goes by bytes');
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-12') $$, $$ VALUES ('compute idle', '', 'idle', -3.0), ('network residual', '', 'no driver', 2.0), ('unmatched residual', '', 'no driver', 7) $$,
    'no driver, no rule: named lines; credits are signed');
SELECT results_eq('SELECT service, resource, lines, amount FROM report.bill_unmatched()', $$ VALUES ('Mystery', 'x', 1::bigint, 7.0) $$, 'what no rule fits can be looked at');
SELECT results_eq($$ SELECT total, difference FROM report.bill_reconciliation WHERE account = '9' $$, $$ VALUES (7.499999999999999, 0.000000000) $$, 'fifteen decimals, rounded once');
SELECT is(pg_temp.import('settlements', E'hub,username,tag,institution,unit,reason\nk,,(residual),tu,phys,ours\n(shared),,(residual),tu,bio,central'), 2::bigint, 'settlements of what is left');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-12') WHERE component = 'network residual' $$, $$ VALUES ('network residual', '', 'phys', 2.0) $$, 'what is left can be settled');
SELECT results_eq($$ SELECT * FROM pg_temp.costs('2026-09-12') WHERE component = 'unmatched residual' $$, $$ VALUES ('unmatched residual', '', 'bio', 7.0) $$, 'and what is of no hub');

-- M5: shared by direct cost, even, fixed
SELECT pg_temp.use(pg_temp.workload('k', u, u || 14), '', '2026-08-14 00:00Z', '2026-08-14 01:00Z', mib => 1024) FROM unnest(ARRAY['u1', 'u2']) u \g /dev/null
SELECT pg_temp.rate() \g /dev/null
SELECT pg_temp.bill(replace(pg_temp.focus(E'30,2026-08-14T00:00Z,2026-08-14T01:00Z,Usage,Machines,i-1,TAGS\n1200,2026-08-01T00:00Z,2026-09-01T00:00Z,Usage,Kubernetes Engine,,\n-100,2026-08-01T00:00Z,2026-09-01T00:00Z,Tax,Kubernetes Engine,,\n0.01,2026-08-01T00:00Z,2026-09-01T00:00Z,Tax,,,', '10', '2026-08'), 'TAGS', '{"2i2c:hub-name": "k"}')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT component, department, sum(amount), min(s.rule) FROM report.bill_cost s WHERE month = '2026-08-01' GROUP BY 1, 2 ORDER BY 1, 2 $$,
    $$ VALUES ('compute', 'bio', 15.0, 'home'), ('compute', 'phys', 15, 'home'), ('core', 'bio', 550, 'direct'), ('core', 'phys', 550, 'direct'), ('tax', 'bio', 0.005, 'direct'), ('tax', 'phys', 0.005, 'direct') $$, 'M5: core by direct cost, a refund with it, tax without a rule as well');
SELECT is(pg_temp.import('bill-policies', E'institution,component,policy,unit,ppm\ntu,core,fixed,bio,250000\ntu,core,fixed,phys,750000\ntu,tax,even,,'), 3::bigint, 'other policies');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT component, department, sum(amount), min(rule) FROM report.bill_cost WHERE month = '2026-08-01' AND component IN ('core', 'tax') GROUP BY 1, 2 ORDER BY 1, 2 $$,
    $$ VALUES ('core', 'bio', 275.0, 'fixed'), ('core', 'phys', 825, 'fixed'), ('tax', 'bio', 0.005, 'even'), ('tax', 'phys', 0.005, 'even') $$, 'fixed and even');
SELECT pg_temp.import('bill-policies', E'institution,component,policy\ntu,idle,line') \g /dev/null
CREATE FUNCTION pg_temp.department(c text) RETURNS void LANGUAGE sql AS $$ INSERT INTO org.unit (institution_id, code, name) SELECT institution_id, c, c FROM org.institution WHERE code = 'tu' $$;
SELECT pg_temp.department('d' || n) FROM generate_series(1, 5) n \g /dev/null
SELECT pg_temp.bill(pg_temp.focus('1200,2026-07-01T00:00Z,2026-08-01T00:00Z,Usage,Kubernetes,,', '11', '2026-07')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT round(amount, 2), count(*) FROM report.bill_cost WHERE month = '2026-07-01' GROUP BY amount ORDER BY amount $$,
    $$ VALUES (171.43, 3::bigint), (171.43, 4) $$, 'M5: nobody used anything: seven departments, even');
SELECT is(sum(amount), 1200.000000000, 'and it is all there') FROM report.bill_cost WHERE month = '2026-07-01';

-- what the constraint refuses
SELECT charge.begin_run('correction', 'test') \g /dev/null
SELECT throws_ok($$ UPDATE charge.line SET amount = amount + 0.000000001 WHERE statement_id = (SELECT statement_id FROM bill.statement WHERE account = '11');
    UPDATE charge.share SET amount = amount + 0.000000001 WHERE (line_id, sequence) IN (SELECT line_id, 1 FROM charge.line WHERE statement_id = (SELECT statement_id FROM bill.statement WHERE account = '11'));
    SET CONSTRAINTS ALL IMMEDIATE $$, '23514', NULL, 'charges that are not the bill');
SET CONSTRAINTS ALL DEFERRED;

-- restated: the difference is recorded, earlier lines stay
SELECT is(pg_temp.bill(pg_temp.focus('1300.50,2026-07-01T00:00Z,2026-08-01T00:00Z,Usage,Kubernetes,,', '11', '2026-07')), 1::bigint, 'restated');
SELECT results_eq($$ SELECT r.total, r.difference FROM bill.revision r JOIN bill.statement s USING (statement_id) WHERE s.account = '11' ORDER BY r.revision_id $$, $$ VALUES (1200.0, 1200.0), (1300.50, 100.50) $$, 'with a difference');
SELECT is(state, 'to be distributed again', 'the charges are of the revision before until then') FROM report.bill_reconciliation WHERE account = '11';
SELECT pg_temp.distribute() \g /dev/null
SELECT is(sum(amount), 1300.500000000, 'then of the new one') FROM report.bill_cost WHERE month = '2026-07-01';
SELECT is(count(*), 2::bigint, 'both are kept') FROM bill.line l JOIN bill.revision r USING (revision_id) JOIN bill.statement s USING (statement_id) WHERE s.account = '11';

-- restated when the month is closed
INSERT INTO ledger.period (institution_id, month, state, review_until) SELECT institution_id, '2026-07-01', 'soft', '2026-08-14' FROM org.institution WHERE code = 'tu';
SELECT pg_temp.bill(pg_temp.focus('1290.00,2026-07-01T00:00Z,2026-08-01T00:00Z,Usage,Kubernetes,,', '11', '2026-07')) \g /dev/null
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT l.period, sum(l.amount) FROM charge.line l JOIN bill.statement s USING (statement_id) WHERE s.account = '11' GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES ('2026-07-01'::date, 1300.500000000), ('2026-08-01', -10.500000000) $$, 'the difference is booked in the month that is open');
SELECT results_eq($$ SELECT h.period, h.unit_id, sum(h.amount) FROM charge.share h JOIN charge.line l ON l.line_id = h.line_id JOIN bill.statement s USING (statement_id) WHERE s.account = '11' GROUP BY 1, 2 HAVING (sum(h.amount) > 0) = (h.period > '2026-07-01') $$,
    $$ SELECT NULL::date, NULL::integer, NULL::numeric WHERE false $$, 'everybody gets a part of it');
SELECT ok(pg_temp.distribute() = '', 'again: nothing to do');

-- two currencies, NULL as text, quotes
SELECT is(pg_temp.bill(E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ResourceId,SubAccountId,Tags\n'
    '"1.25",USD,2026-09-01,2026-10-01,2026-09-01 05:00:00,2026-09-01 06:00:00,Usage,NULL,NULL,NULL,NULL\n35.2E-7,EUR,2026-09-01,2026-10-01,2026-09-01 05:00:00,2026-09-01 06:00:00,Usage,,,,'), 2::bigint, 'two currencies are two bills');
SELECT results_eq($$ SELECT s.currency, r.total FROM bill.statement s JOIN bill.revision r USING (revision_id) WHERE account = '' ORDER BY 1 $$, $$ VALUES ('EUR', 0.00000352), ('USD', 1.25) $$, 'each with its total');
SELECT pg_temp.distribute() \g /dev/null
SELECT results_eq($$ SELECT currency, sum(amount) FROM charge.line WHERE statement_id IN (SELECT statement_id FROM bill.statement WHERE account = '') GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES ('EUR', 0.000003520), ('USD', 1.250000000) $$, 'in suspense, each in its currency');
SELECT results_eq($$ SELECT pg_temp.complaints('bill', E'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,Tags\n1e9,usd,2026-13-01,2026-09-01,yesterday,2026-09-01,Gift,[1]\n') $$,
    $$ VALUES ('2 BilledCost: is not a decimal number such as -0.0123'), ('2 BillingCurrency: is not an ISO 4217 code: three capital letters'), ('2 BillingPeriodStart: is not an instant such as 2026-09-01T00:00:00Z'),
    ('2 ChargeCategory: is not one of Usage, Purchase, Tax, Credit, Adjustment'), ('2 ChargePeriodStart: is not an instant such as 2026-09-01T00:00:00Z'), ('2 Tags: is not a JSON object') $$, 'every complaint about a bill');
SELECT results_eq($$ SELECT pg_temp.complaints('bill-rules', E'institution,tag,tag_value,hub,component,class,provisioned_gib\nxx,,,,magic,,\ntu,,v,=tag,compute,,5\ntu,,,a b,storage,c,x\ntu,,,k,core,,') $$,
    $$ VALUES ('2 component: is not one of compute, storage, network, core, support, credit, tax'), ('2 institution: unknown institution'), ('3 hub: takes the hub from a tag: the row names none'), ('3 provisioned_gib: belongs to storage'),
    ('3 tag_value: needs the name of a tag'), ('4 class: belongs to compute'), ('4 hub: is not a hub''s name: up to 200 letters, digits, - and _, the first a letter or digit'), ('4 provisioned_gib: is not a whole number of GiB'),
    ('5 hub: core, support, credit and tax are shared: they have no hub') $$, 'every complaint about rules');
SELECT results_eq($$ SELECT pg_temp.complaints('bill-policies', E'institution,component,policy,unit,ppm\ntu,core,fixed,bio,1\ntu,core,fixed,phys,2') $$, $$ VALUES ('2 ppm: the parts of core add up to 3 ppm, not 1000000') $$, 'fixed parts add up');

-- laws
SELECT is_empty($$ SELECT * FROM report.bill_reconciliation WHERE difference <> 0 OR state <> 'distributed' $$, 'every bill comes to zero');
SELECT is(sum(l.amount), (SELECT sum(round(total, 9)) FROM report.bill_reconciliation), 'lines are the bills') FROM charge.line l WHERE basis = 'actual';
SELECT is((SELECT sum(amount) FROM charge.share WHERE basis = 'actual'), (SELECT sum(amount) FROM charge.line WHERE basis = 'actual'), 'shares are the lines');
SELECT is_empty($$ SELECT FROM report.department_cost WHERE resource NOT IN (SELECT code FROM price.resource) $$, 'reports by the price book see none of it');

SELECT * FROM finish();
ROLLBACK;
