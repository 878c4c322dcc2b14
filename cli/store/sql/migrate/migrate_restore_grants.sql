DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM pg_temp.kept_grant JOIN audit.source_object USING (kind, identity) LOOP
        EXECUTE format('GRANT %s ON %s %s TO %s%s', g.privilege,
                       CASE g.kind WHEN 'view' THEN 'TABLE' ELSE 'FUNCTION' END, g.identity,
                       CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                       CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
END
$$
