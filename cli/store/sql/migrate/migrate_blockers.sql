SELECT string_agg(DISTINCT format('process %s (user %s, %s)', a.pid, a.usename,
                                  coalesce(nullif(a.application_name, ''), 'no application name')),
                  ', ')
FROM pg_locks AS l
JOIN pg_stat_activity AS a USING (pid)
JOIN pg_class AS c ON c.oid = l.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspowner = to_regrole('hm_owner')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid <> pg_backend_pid()
  AND l.granted
