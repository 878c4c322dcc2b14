BEGIN;
\ir ../fixture.sql
SELECT plan(9);

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'report', 'audit', 'bill', 'fund', 'budget')
      AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
      AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table and view says what it is');

SELECT is_empty($$
    SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = 'report' AND c.relkind = 'v' AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column of a report view says what it is');

SELECT is_empty($$
    SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'audit', 'budget')
      AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND (a.atttypid IN ('timestamptz'::regtype, 'date'::regtype, 'numeric'::regtype, 'tstzrange'::regtype)
           OR a.attname ~ '_(usec|msec|sec|bytes)$')
      AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column of time, money or usage says its unit');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'report', 'audit', 'bill', 'fund', 'budget')
      AND obj_description(p.oid, 'pg_proc') IS NULL
$$, 'every function says what it does');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'report', 'audit', 'bill', 'fund', 'budget')
      AND p.prosqlbody IS NULL
      AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp']
$$, 'every function whose body is text fixes its search_path');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'report', 'audit', 'bill', 'fund', 'budget')
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
$$, 'no function is for everybody');

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'report' AND c.relkind = 'v'
      AND NOT coalesce(c.reloptions, '{}') && ARRAY['security_invoker=true']
$$, 'every report view runs with the rights of whoever asks');

SELECT is_empty($$
    SELECT c.oid::regclass, a.attname, a.atttypid::regtype FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE n.nspname IN ('ingest', 'usage', 'org', 'price', 'charge', 'import', 'report', 'audit', 'bill', 'fund', 'budget')
      AND a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'money'::regtype)
$$, 'no floating point anywhere');

SELECT columns_are('report', 'department_cost',
    ARRAY['institution', 'month', 'department', 'resource', 'used', 'reserved', 'billable', 'unit', 'amount', 'currency']);

SELECT * FROM finish();
ROLLBACK;
