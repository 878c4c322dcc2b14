-- bench.slot: what usage.slot is, its partitions and theirs.
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.slot (LIKE usage.slot INCLUDING ALL) PARTITION BY RANGE (slot_start);
SELECT format('CREATE TABLE bench.%I (LIKE usage.%I INCLUDING ALL) WITH (%s)', c.relname, c.relname,
              array_to_string(c.reloptions, ', ')),
       format('ALTER TABLE bench.slot ATTACH PARTITION bench.%I %s', c.relname,
              pg_get_expr(c.relpartbound, c.oid))
FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'usage.slot'::regclass
\gexec
