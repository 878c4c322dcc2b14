-- What is there now and was not before: the file $1 made it. Null: only note what is there. Functions,
-- views and triggers in the schemas that are ours, whoever made them.
WITH ours (classid, oid) AS (
    SELECT 'pg_proc'::regclass, p.oid
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspowner = 'hm_owner'::regrole
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspowner = 'hm_owner'::regrole AND c.relkind = 'v'
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspowner = 'hm_owner'::regrole AND NOT t.tgisinternal
),
made AS (SELECT * FROM ours EXCEPT SELECT * FROM pg_temp.object_before),
noted AS (INSERT INTO pg_temp.object_before SELECT * FROM made)
INSERT INTO audit.source_object (position, path, kind, identity)
SELECT (SELECT count(*) FROM audit.source_object) + row_number() OVER (ORDER BY m.oid),
       $1::text, i.type, i.identity
FROM made AS m, pg_identify_object(m.classid, m.oid, 0) AS i
WHERE $1::text IS NOT NULL
RETURNING 1
