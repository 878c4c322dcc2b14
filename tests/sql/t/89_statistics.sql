-- Months of charges that are new, or have grown much, are analyzed before they are funded.
BEGIN;
\ir ../fixture.sql
SELECT plan(7);

SELECT pg_temp.import('org', E'institution,name,time_zone,currency,unit,hub\nuni,University,UTC,USD,,\nuni,,,,,h\n') \g /dev/null
SELECT pg_temp.import('prices', E'institution,class,resource,rate,valid_from,valid_to\nuni,,cpu,0.05,2026-01-01,\n') \g /dev/null
CREATE FUNCTION pg_temp.refresh(login text DEFAULT 'hm_rater') RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    analyzed integer;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', login);
    analyzed := charge.refresh_statistics();
    RESET ROLE;
    RETURN analyzed;
END
$$;
CREATE FUNCTION pg_temp.use_by(first integer, last integer) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.use(pg_temp.workload('h', 'u' || n, 'w' || n), '', '2026-05-10 10:00Z', '2026-05-10 10:15Z', cores => 1)
    FROM generate_series(first, last) AS n $$;
CREATE FUNCTION pg_temp.known(partition text) RETURNS integer LANGUAGE sql AS $$
    SELECT reltuples::integer FROM pg_class WHERE oid = partition::regclass $$;

SELECT pg_temp.use_by(1, 10), pg_temp.rate() \g /dev/null
SELECT is(pg_temp.refresh(), 0, 'what is small is read in no time anyhow');
SELECT pg_temp.use_by(11, 800), pg_temp.rate() \g /dev/null
SELECT is(pg_temp.refresh(), 2, 'a new month of lines and shares');
SELECT is(pg_temp.known('charge.share_2026_05'), 800, 'is known');
SELECT is(pg_temp.refresh(), 0, 'once');
SELECT pg_temp.use_by(801, 2200), pg_temp.rate() \g /dev/null
SELECT is(pg_temp.refresh(), 2, 'again when it has grown');
SELECT is(pg_temp.known('charge.line_2026_05'), 2200, 'and is known as it is now');
SELECT throws_ok($$ SELECT pg_temp.refresh('hm_finance') $$, '42501', NULL, 'not for whoever reads');
SELECT * FROM finish();
ROLLBACK;
