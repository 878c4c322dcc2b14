-- Rate what waits, each hub-day in a transaction, and leave the funding to be measured.
SELECT format('SELECT charge.rate_day(%s, %L, charge.begin_run(''usage'', ''''))', hub_id, day)
FROM charge.dirty_days() \gexec
ANALYZE charge.line, charge.share, charge.workload_group;
SELECT count(*) FROM charge.line WHERE amount <> 0;
