-- May a server start? What it holds, what charges take off that, who is refused and why.
BEGIN;
\ir ../fixture.sql
SELECT no_plan();

SELECT pg_temp.import('org', $$
institution,time_zone,currency,unit,parent,name,hub
tu,UTC,USD,,,Testville University,
tu,,,sci,,Sciences,
tu,,,bio,sci,Biology,
tu,,,phys,sci,Physics,
tu,,,law,,Law,
tu,,,,,,h
ou,UTC,USD,,,Other University,
ou,,,art,,Art,
ou,,,,,,h2
$$) \g /dev/null
SELECT pg_temp.import('people', E'person,name,hub,username\np1,Ann,h,ann\np2,Bob,h,bob\np3,Cyd,h,cyd\np4,Dan,h,dan\np5,Eve,h,eve\np6,Fay,h,fay') \g /dev/null
SELECT pg_temp.import('memberships', E'person,institution,unit,valid_from,valid_to,home\np1,tu,bio,2026-01-01,,yes\np2,tu,bio,2026-01-01,,yes\np3,tu,phys,2026-01-01,,yes\np4,tu,law,2026-01-01,,yes\np5,ou,art,2026-01-01,,yes\np6,tu,phys,2026-01-01,,yes') \g /dev/null
SELECT pg_temp.import('prices', E'institution,resource,class,rate,valid_from,valid_to\ntu,cpu,,1,2026-01-01,\ntu,gpu,a100,1.803,2026-01-01,\ntu,gpu,t4,1,2026-01-01,2026-05-02\ntu,gpu,t4,3,2026-05-02,2026-05-03\ntu,gpu,t4,2,2026-05-03,') \g /dev/null
SELECT pg_temp.import('funds', $$
institution,fund,name,kind,chart_string,start,end,amount,overdraw
tu,hundred,Hundred,federal,11-1,2026-01-01,2099-12-31,100.00,
tu,over,A few,federal,11-7,2026-01-01,2026-05-31,10.00,
tu,dept,Department,operating,11-2,,,,
tu,later,Later,operating,11-6,2026-06-01,,,
tu,x,X,operating,11-3,,,10.00,
tu,y,Y,operating,11-4,,,10.00,
tu,z,Z,gift,11-5,,,10.00,5
$$) \g /dev/null
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,only_classes,on_exhaust,basis,author,approver
tu,m7,2026-01-01,1,1,hundred,1000000,,,,deny,proposal,ann,bob
tu,m7,2026-01-01,2,1,dept,1000000,,,,,,ann,bob
tu,spill,2026-01-01,1,1,x,600000,,,,,by use,ann,bob
tu,spill,2026-01-01,1,2,y,400000,5,month,,redistribute,,ann,bob
tu,spill,2026-01-01,2,1,z,1000000,,,,,,ann,bob
tu,spill,2026-01-01,3,1,dept,1000000,,,,,,ann,bob
tu,few,2026-01-01,1,1,over,1000000,,,a100,deny,by use,ann,bob
tu,few,2026-01-01,2,1,dept,1000000,,,,,,ann,bob
tu,only,2026-01-01,1,1,later,1000000,,,,,by use,ann,bob
$$) \g /dev/null
SELECT pg_temp.import('assignments', E'institution,plan,scope,code\ntu,m7,unit,bio\ntu,spill,person,p3\ntu,few,unit,law\ntu,only,person,p6') \g /dev/null
-- One A100, or as many cores.
CREATE FUNCTION pg_temp.gpu(username text, hours integer, at timestamptz, server text DEFAULT '', hold boolean DEFAULT true, class text DEFAULT 'a100')
    RETURNS TABLE (allowed boolean, held numeric, remaining numeric, plan text, reason text) LANGUAGE sql AS $$
    SELECT allowed, held, remaining, plan, reason
    FROM fund.can_spawn('h', username, server, class, 0, 0, 1000, hours * 3600, NULL, hold, at) $$;
CREATE FUNCTION pg_temp.cores(username text, cores integer, at timestamptz, server text DEFAULT '', hold boolean DEFAULT true)
    RETURNS TABLE (allowed boolean, held numeric, remaining numeric, plan text, reason text) LANGUAGE sql AS $$
    SELECT allowed, held, remaining, plan, reason
    FROM fund.can_spawn('h', username, server, '', cores * 1000, 0, 0, 3600, NULL, hold, at) $$;
CREATE VIEW pg_temp.held AS
SELECT h.name AS hub, n.username, n.server_name, f.code AS fund, g.amount, g.booked, n.released_at, n.reason
FROM fund.lien AS n JOIN fund.lien_leg AS g USING (lien_id) JOIN fund.fund AS f USING (fund_id) JOIN usage.hub AS h USING (hub_id);

-- M7
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm7'), '', '2026-05-01 00:00Z', '2026-05-01 00:48Z', cores => 103) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT is(sum(amount), 82.4, 'M7: posted 82.40 of 100.00') FROM fund.day_total;
SELECT results_eq($$ SELECT * FROM pg_temp.gpu('ann', 8, '2026-05-06 10:00Z', hold => false) $$,
                  $$ VALUES (true, 14.424, 3.176, 'm7', 'funded') $$, 'M7: only asked, nothing is held');
SELECT is_empty('SELECT FROM fund.lien', 'M7: and no lien is made');
SELECT results_eq($$ SELECT * FROM pg_temp.gpu('ann', 8, '2026-05-06 10:00Z') $$,
                  $$ VALUES (true, 14.424, 3.176, 'm7', 'funded') $$, 'M7: an A100 for 8 h holds 14.424; 17.600 -> 3.176');
SELECT results_eq($$ SELECT * FROM pg_temp.gpu('bob', 8, '2026-05-06 10:00Z') $$,
                  $$ VALUES (false, 0.0, 3.176, 'm7', 'fund hundred: 3.176 USD left of its 100 USD, 14.424 USD needed') $$, 'M7: a second one is refused');
SELECT is(lien, (SELECT lien_id FROM fund.lien), 'the same request again: the same lien') FROM fund.can_spawn('h', 'ann', '', 'a100', 0, 0, 1000, 28800, at => '2026-05-06 10:14Z');
SELECT results_eq($$ SELECT * FROM pg_temp.gpu('ann', 8, '2026-05-06 10:14Z') $$, $$ VALUES (true, 14.424, 3.176, 'm7', 'held already') $$, 'and no more is held');
SELECT is(count(*), 1::bigint, 'one lien') FROM fund.lien;
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 3, '2026-05-06 10:00Z', hold => false) $$, $$ VALUES (true, 3.0, 0.176, 'm7', 'funded') $$, 'what fits is allowed');
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm7a'), 'a100', '2026-05-06 10:00Z', '2026-05-06 12:00Z', gpus => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq('SELECT amount, booked FROM pg_temp.held', 'VALUES (14.424, 3.606)', 'what is charged since takes it off');
SELECT is((SELECT remaining FROM pg_temp.cores('bob', 1, '2026-05-06 12:00Z', hold => false)), 2.176, 'so that charges and lien are 14.424 all along');
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'm7b'), 'a100', '2026-05-06 12:00Z', '2026-05-06 13:20Z', gpus => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT ok(fund.release_lien(lien_id, 'stopped', at => '2026-05-06 13:20Z'), 'M7: stopped after 3 h 20 min') FROM fund.lien;
SELECT is(sum(amount), 6.01, 'M7: charge 6.010') FROM fund.leg WHERE day = '2026-05-06';
SELECT is(remaining + held, 11.59, 'M7: available 11.590') FROM pg_temp.cores('bob', 1, '2026-05-06 13:20Z', hold => false);
SELECT is(fund.release_lien(lien_id, 'again', at => '2026-05-06 14:20Z'), false, 'again: nothing to release') FROM fund.lien;
SELECT results_eq('SELECT released_at, reason FROM pg_temp.held', $$ VALUES ('2026-05-06 13:20Z'::timestamptz, 'stopped') $$, 'and it stays as it was');
SELECT isnt(lien, (SELECT min(lien_id) FROM fund.lien), 'another server') FROM fund.can_spawn('h', 'bob', 's', '', 1000, 0, 0, 3600, at => '2026-05-06 13:20Z');
SELECT ok(fund.release_server('h', 'bob', 's', 'stopped', '2026-05-06 13:30Z'), 'a lien is found by its server');
SELECT is(fund.release_server('h', 'bob', 's', 'stopped'), false, 'once');
SELECT is(fund.release_server('h', 'bob', NULL, 'stopped'), false, 'one that never was');

-- expiry, and a start that follows a stop that was not told
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 11, '2026-05-07 10:00Z') $$, $$ VALUES (true, 11.0, 0.59, 'm7', 'funded') $$, 'held for an hour');
SELECT is((SELECT remaining FROM pg_temp.cores('ann', 1, '2026-05-07 12:59Z', hold => false)), 0.59, 'and two more');
SELECT is((SELECT remaining FROM pg_temp.cores('ann', 1, '2026-05-07 13:00Z', hold => false)), 10.59, 'then it is not held any more');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 5, '2026-05-07 14:00Z') $$, $$ VALUES (true, 5.0, 6.59, 'm7', 'funded') $$, 'the next start closes the one that expired');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 11, '2026-05-07 14:01Z') $$, $$ VALUES (true, 11.0, 0.59, 'm7', 'funded') $$, 'or that was of another size');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 12, '2026-05-07 14:02Z') $$, $$ VALUES (false, 0.0, 11.59, 'm7', 'fund hundred: 11.59 USD left of its 100 USD, 12 USD needed') $$, 'a refusal leaves it');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 11, '2026-05-07 14:16Z') $$, $$ VALUES (true, 11.0, 0.59, 'm7', 'funded') $$, 'after a quarter of an hour the same is a new start');
SELECT results_eq($$ SELECT amount, reason FROM pg_temp.held WHERE username = 'bob' AND server_name = '' ORDER BY released_at NULLS LAST $$,
                  $$ VALUES (11.0, 'expired'), (5.0, 'the server was started again'), (11.0, 'the server was started again'), (11.0, NULL) $$, 'each is released once, for a reason');
SELECT fund.release_server('h', 'bob', '', 'stopped', '2026-05-07 14:20Z') \g /dev/null

-- the same server ran before on that day
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'before'), '', '2026-05-09 09:00Z', '2026-05-09 10:00Z', cores => 1) \g /dev/null
SELECT is((SELECT held FROM pg_temp.cores('ann', 1, '2026-05-09 10:00Z')), 1.0, 'a server that starts again');
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT amount, booked FROM pg_temp.held WHERE username = 'ann' AND released_at IS NULL $$, 'VALUES (1.0, 0.0)', 'what it used before takes nothing off, though it was charged later');
SELECT pg_temp.use(pg_temp.workload('h', 'ann', 'since'), '', '2026-05-09 10:00Z', '2026-05-09 10:30Z', cores => 1) \g /dev/null
SELECT pg_temp.fund() \g /dev/null
SELECT results_eq($$ SELECT amount, booked FROM pg_temp.held WHERE username = 'ann' AND released_at IS NULL $$, 'VALUES (1.0, 0.5)', 'what it used since does');
SELECT fund.release_server('h', 'ann', '', 'stopped', '2026-05-09 10:30Z') \g /dev/null

-- tiers and legs, as funding splits them
SELECT results_eq($$ SELECT * FROM pg_temp.cores('cyd', 10, '2026-05-06 10:00Z', 'a') $$, $$ VALUES (true, 10.0, 1.0, 'spill', 'funded') $$, 'two legs');
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.held WHERE server_name = 'a' ORDER BY fund $$, $$ VALUES ('x', 6.0), ('y', 4.0) $$, 'hold by weight');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('cyd', 10, '2026-05-06 10:00Z', 'b') $$, $$ VALUES (true, 10.0, 0.0, 'spill', 'funded') $$, 'then one has not enough');
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.held WHERE server_name = 'b' ORDER BY fund $$, $$ VALUES ('x', 4.0), ('y', 1.0), ('z', 5.0) $$, 'and what is left goes on');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('cyd', 30, '2026-05-06 10:00Z', 'c') $$, $$ VALUES (true, 30.0, 0.0, 'spill', 'funded') $$, 'at last the last tier');
SELECT results_eq($$ SELECT fund, amount FROM pg_temp.held WHERE server_name = 'c' ORDER BY fund $$, $$ VALUES ('dept', 20.0), ('z', 10.0) $$, 'pays whatever is left');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('cyd', 1, '2026-05-06 10:00Z', 'd') $$, $$ VALUES (true, 1.0, NULL::numeric, 'spill', 'funded') $$, 'which nothing limits');

-- caps: of departments with all below them, of persons, of plans, in their windows
SELECT pg_temp.import('caps', E'institution,scope,code,amount,window\ntu,unit,sci,95,month\ntu,person,p2,5,month') \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.cores('bob', 6, '2026-05-08 10:00Z') $$, $$ VALUES (false, 0.0, 5.0, 'm7', 'fund hundred: 5 USD left of the cap of 5 USD a month for person p2, 6 USD needed') $$, 'the cap of a person');
SELECT is((SELECT remaining FROM pg_temp.cores('bob', 2, '2026-05-08 10:00Z')), 3.0, 'what would be left of it');
SELECT is((SELECT remaining FROM pg_temp.cores('bob', 2, '2026-05-08 10:00Z', 's2', false)), 1.0, 'what liens hold counts');
SELECT is((SELECT remaining FROM pg_temp.cores('bob', 2, '2026-05-08 13:00Z', 's2', false)), 3.0, 'and after they expired no more');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('ann', 4, '2026-05-08 10:00Z') $$,
                  $$ VALUES (false, 0.0, 3.09, 'm7', 'fund hundred: 3.09 USD left of the cap of 95 USD a month for department sci, 4 USD needed') $$,
                  'the cap of a department counts what all below it paid and hold: 95 - 89.91 - 2');
SELECT is((SELECT remaining FROM pg_temp.cores('ann', 4, '2026-06-01 10:00Z')), 6.09, 'in its month; then the fund itself is the limit');

-- time and class
SELECT results_eq($$ SELECT * FROM pg_temp.gpu('dan', 8, '2026-05-20 10:00Z') $$, $$ VALUES (false, 0.0, 10.0, 'few', 'fund over: 10 USD left of its 10 USD, 14.424 USD needed') $$, 'a fund for a class');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('dan', 99, '2026-05-20 10:00Z') $$, $$ VALUES (true, 99.0, NULL::numeric, 'few', 'funded') $$, 'does not refuse another class');
SELECT results_eq($$ SELECT allowed, reason FROM pg_temp.gpu('dan', 1, '2026-06-01 00:00Z') $$, $$ VALUES (false, 'fund over ended on 2026-05-31') $$, 'one that has ended denies what it can''t pay');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('fay', 1, '2026-05-20 10:00Z') $$, $$ VALUES (true, 0.0, NULL::numeric, 'only', 'no leg of plan only may pay 1 USD') $$, 'a plan of which no leg pays');

-- prices
SELECT is((SELECT held FROM pg_temp.gpu('dan', 2, '2026-05-01 20:00Z', 'p', false, 't4')), 2.0, 'the price of the time');
SELECT is((SELECT held FROM pg_temp.gpu('dan', 8, '2026-05-01 20:00Z', 'p', false, 't4')), 24.0, 'the greatest one, where it will change meanwhile');
SELECT is((SELECT held FROM pg_temp.gpu('dan', 72, '2026-05-01 20:00Z', 'p', false, 't4')), 216.0, 'also in between');
SELECT is((SELECT held FROM pg_temp.gpu('dan', 8, '2026-05-03 00:00Z', 'p', false, 't4')), 16.0, 'and never one that is over');

-- nobody pays
SELECT results_eq($$ SELECT * FROM pg_temp.cores('nobody', 1, '2026-05-06 10:00Z') $$, $$ VALUES (true, 0.0, NULL::numeric, NULL::text, 'in suspense: no alias') $$, 'a person nobody knows is let in');
SELECT results_eq($$ SELECT * FROM pg_temp.cores('eve', 1, '2026-05-06 10:00Z') $$, $$ VALUES (true, 0.0, NULL::numeric, NULL::text, 'no plan') $$, 'and so is one without a plan');
SELECT is(lien, NULL, 'nothing is held for it') FROM fund.can_spawn('h', 'eve', '', '', 1000, 0, 0, 3600, at => '2026-05-06 10:00Z');
SELECT pg_temp.import('org', E'institution,time_zone,currency,unit,parent,name,hub,unfunded_servers\nou,UTC,USD,,,Other University,,refuse') \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.cores('eve', 1, '2026-05-06 10:00Z') $$, $$ VALUES (false, 0.0, NULL::numeric, NULL::text, 'no plan') $$, 'unless the institution refuses that');
SELECT pg_temp.import('org', E'institution,time_zone,currency,unit,parent,name,hub\nou,UTC,USD,,,Other University,') \g /dev/null
SELECT is(unfunded_servers, 'refuse', 'a file without the column leaves that') FROM org.institution WHERE code = 'ou';
SELECT results_eq($$ SELECT pg_temp.complaints('org', E'institution,time_zone,currency,unit,name,unfunded_servers\ntu,UTC,USD,,TU,perhaps\ntu,,,phys,Physics,allow') $$, $$ VALUES
    ('2 unfunded_servers: is not allow or refuse'), ('3 unfunded_servers: belongs in the row of the institution') $$, 'unfunded_servers: complaints');

-- what is no request
CREATE FUNCTION pg_temp.fault(hub text DEFAULT 'h', username text DEFAULT 'ann', server text DEFAULT '', class text DEFAULT '', cpu bigint DEFAULT 1000, mem bigint DEFAULT 0,
                              gpu bigint DEFAULT 0, seconds bigint DEFAULT 3600, tag text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fund.can_spawn(hub, username, server, class, cpu, mem, gpu, seconds, tag);
    RETURN NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN SQLERRM;
END
$$;
SELECT is(pg_temp.fault(hub => 'nowhere'), 'no hub nowhere: known are those that sent usage or that an org file names', 'an unknown hub');
SELECT is(pg_temp.fault(username => ''), 'the user name is empty', 'an empty user name');
SELECT is(pg_temp.fault(username => NULL), 'hub, user name, server, class, size and longest time are required', 'no user name');
SELECT is(pg_temp.fault(username => repeat('x', 256)), 'a name is longer than 255 bytes', 'a long user name');
SELECT is(pg_temp.fault(class => 'warp'), 'no class of machine warp: known are those that sent usage or have a price', 'an unknown class');
SELECT is(pg_temp.fault(cpu => -1), 'a size is negative', 'a negative size');
SELECT is(pg_temp.fault(cpu => 0), 'it asks for nothing: at least one of CPU, memory and GPU is required', 'no size');
SELECT is(pg_temp.fault(cpu => 9223372036854775807), 'a size is larger than any server', 'a huge size');
SELECT is(pg_temp.fault(seconds => s), 'the longest time is not between 1 s and 31 days', 'a time of ' || s) FROM unnest(ARRAY[0, -1, 2678401, 9223372036854775807]) AS s;
SELECT throws_ok(format($$ SELECT fund.can_spawn('h', 'ann', '', '', 1000, 0, 0, 3600, at => %L) $$, t), '22023', 'the instant is not one of ours', 'at ' || t) FROM unnest(ARRAY['infinity', '-infinity', '1999-12-31']) AS t;
SELECT is(pg_temp.fault(mem => 1), 'no price for memory: leave it out of the request, or import one (0 where it is free)', 'no price');
SELECT is(pg_temp.fault(hub => 'h2', class => 'a100', cpu => 1), 'no price for cpu: leave it out of the request, or import one (0 where it is free)', 'the price book is that of the hub''s owner');
SELECT is(pg_temp.fault(username => $$'; DROP TABLE fund.lien; --$$), NULL, 'a hostile name is a name');

-- the view, the balance, roles
SELECT pg_temp.import('plans', $$
institution,plan,valid_from,tier,leg,fund,weight_ppm,on_exhaust,basis,author
tu,m7,2026-06-02,1,1,hundred,1000000,deny,proposal,ann
tu,m7,2026-06-02,2,1,dept,1000000,,,ann
$$) \g /dev/null
SELECT pg_temp.as_login('hm_controller', $$ SELECT fund.approve_plan('tu', 'm7') $$) \g /dev/null
SELECT fund.can_spawn('h', 'ann', 'now', 'a100', 0, 0, 1000, 3600) \g /dev/null
SELECT results_eq($$ SELECT institution, unit, plan, fund, hub, username, server, class, held, booked, outstanding, expires_at - opened_at, currency FROM report.lien $$,
                  $$ VALUES ('tu', 'bio', 'm7', 'hundred', 'h', 'ann', 'now', 'a100', 1.803, 0.0, 1.803, interval '3 hours', 'USD') $$, 'report.lien');
SELECT results_eq($$ SELECT spent, held, available FROM report.fund_balance WHERE institution = 'tu' AND fund = 'hundred' $$, $$ VALUES (89.91, 1.803, 8.287) $$, 'what is held is not available');
UPDATE fund.lien_leg SET booked = 2 WHERE lien_id = (SELECT lien FROM report.lien);
SELECT results_eq('SELECT outstanding FROM report.lien', 'VALUES (0.0)', 'never less than nothing');
SELECT throws_ok($$ SELECT fund.release_lien(0, 'x') $$, '22023', 'no lien 0', 'a lien that is none');
SELECT throws_ok(format('SELECT fund.release_lien(%s, %L, ARRAY[%L])', lien, 'x', 'h2'), '22023', 'no lien ' || lien, 'of another hub') FROM report.lien;
SELECT lives_ok($$ SELECT pg_temp.as_login('hm_admission', 'SELECT fund.can_spawn(''h'', ''ann'', ''r'', '''', 1000, 0, 0, 3600), fund.release_server(''h'', ''ann'', ''r'', ''x'')') $$, 'hm_admission asks and releases');
SELECT throws_ok(format('SELECT pg_temp.as_login(%L, %L)', 'hm_admission', s), '42501', NULL, 'hm_admission may not: ' || s)
FROM unnest(ARRAY['SELECT FROM fund.lien', 'SELECT FROM report.lien', 'UPDATE fund.lien SET reason = NULL', 'SELECT FROM org.person', 'SELECT FROM charge.line', 'SELECT FROM fund.fund', 'DELETE FROM fund.lien_leg',
                  'SELECT fund.take_turn(ARRAY[1])', 'SELECT fund.close_lien(1, NULL, now())', 'CREATE TEMPORARY TABLE x ()']) AS s;
SELECT throws_ok(format('SELECT pg_temp.as_role(%L, %L)', 'hm_rater', s), '42501', NULL, 'hm_rater may not: ' || s)
FROM unnest(ARRAY['DELETE FROM fund.lien', 'UPDATE fund.lien SET reason = NULL', 'UPDATE fund.lien_leg SET booked = 0']) AS s;
SELECT * FROM finish();
ROLLBACK;
