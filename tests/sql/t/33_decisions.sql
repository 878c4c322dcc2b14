-- A partition that stopped goes on when somebody decided so, and the decision stays.
BEGIN;
\ir ../fixture.sql
SELECT plan(16);

INSERT INTO ingest.partition (topic, partition, next_offset, last_stream, last_sequence, last_crc32c, owner_epoch, stopped_reason)
VALUES ('usage.h.v1', 0, 5, '\x00112233445566778899aabbccddeeff', 3, 4711, 7, 'records 5 to 9 were deleted before they were read'),
       ('usage.h.v1', 1, 1000, NULL, NULL, 4711, 7, 'ends at 40, but was read up to 1000'),
       ('usage.h.v1', 2, 8, NULL, NULL, 4711, 7, NULL);

CREATE FUNCTION pg_temp.refused(act text, partition integer, from_offset bigint, to_offset bigint, reason text, message text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT ingest.go_on(%L, ''usage.h.v1'', %L, %L, %L, %L)', act, partition, from_offset, to_offset, reason), NULL, message, message) $$;

SELECT pg_temp.refused('accept_gap', 9, 5, 9, 'x', 'usage.h.v1 has no partition 9 that was ever read');
SELECT pg_temp.refused('accept_gap', 2, 8, 9, 'x', 'partition 2 of usage.h.v1 is not stopped');
SELECT pg_temp.refused('accept_gap', 0, 4, 9, 'x', 'the gap of partition 0 of usage.h.v1 begins at 5, not at 4');
SELECT pg_temp.refused('accept_gap', 0, 6, 9, 'x', 'the gap of partition 0 of usage.h.v1 begins at 5, not at 6');
SELECT pg_temp.refused('accept_gap', 0, 5, 4, 'x', 'the gap ends at 4, before it begins');
SELECT pg_temp.refused('accept_gap', 0, 5, 9, ' ', 'a decision needs a reason');
SELECT pg_temp.refused('restart', 1, 0, NULL, NULL, 'a decision needs a reason');
SELECT is_empty('SELECT FROM ingest.decision', 'what is refused leaves nothing');
SELECT throws_ok($$ SELECT pg_temp.as_role('hm_aggregator', 'SELECT ingest.go_on(''accept_gap'', ''usage.h.v1'', 0, 5, 9, ''x'')') $$, '42501', NULL, 'an aggregator decides nothing');

SELECT is(ingest.go_on('accept_gap', 'usage.h.v1', 0, 5, 9, 'retention was a day'), 'usage.h.v1/0 goes on at offset 10', 'a gap');
SELECT results_eq($$ SELECT next_offset, num_nulls(last_stream, last_sequence, last_crc32c, stopped_reason), lost FROM ingest.partition WHERE partition = 0 $$,
    $$ VALUES (10::bigint, 4, 5::bigint) $$, 'reading goes on behind it, after a record that nobody knows, and it counts as lost');
SELECT is(ingest.go_on('restart', 'usage.h.v1', 1, 0, NULL, 'made anew'), 'usage.h.v1/1 goes on at offset 0', 'a topic that was made anew');
SELECT results_eq('SELECT partition, act, from_offset, to_offset, stopped_reason, reason, decided_by = session_user, decided_at FROM ingest.decision ORDER BY 1',
    $$ VALUES (0, 'accept_gap', 5::bigint, 9::bigint, 'records 5 to 9 were deleted before they were read', 'retention was a day', true, now()),
              (1, 'restart', 0, NULL, 'ends at 40, but was read up to 1000', 'made anew', true, now()) $$, 'who decided what, when and why');

SELECT throws_ok(format('%s ingest.decision%s', o, CASE o WHEN 'UPDATE' THEN ' SET reason = ''y''' ELSE '' END), '23001', NULL, o || ': it stays')
FROM unnest(ARRAY['UPDATE', 'DELETE FROM', 'TRUNCATE']) o;

SELECT * FROM finish();
ROLLBACK;
