-- Local to the transaction: behind a connection pooler the next one may run in another session. The
-- last columns say which names aggregators may remember, and which staging tables this session has.
SELECT set_config('TimeZone', 'UTC', true),
       set_config('lock_timeout', '5s', true),
       set_config('idle_in_transaction_session_timeout', '10s', true),
       (SELECT version FROM ingest.name_version),
       coalesce(current_setting('hubmeter.stage', true), '')
