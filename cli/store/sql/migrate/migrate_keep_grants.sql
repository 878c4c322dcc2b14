-- What a site granted to roles of its own, on a view of ours say, is not ours to take away.
CREATE TEMPORARY TABLE kept_grant ON COMMIT DROP AS
SELECT o.kind, o.identity, a.privilege_type AS privilege, a.grantee, a.is_grantable
FROM audit.source_object AS o
LEFT JOIN pg_class AS c ON c.oid = CASE o.kind WHEN 'view' THEN to_regclass(o.identity) END
LEFT JOIN pg_proc AS p ON p.oid = CASE o.kind WHEN 'function' THEN to_regprocedure(o.identity) END
CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, p.proacl)) AS a
WHERE a.grantee NOT IN (SELECT oid FROM pg_roles
                        WHERE rolname IN ('hm_owner', 'hm_aggregator', 'hm_rater', 'hm_finance',
                                          'hm_hub_ro'))
