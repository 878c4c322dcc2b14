-- Waterfalls: everybody draws on one of 60 grants and then on a department. Every other grant ends on some day.
\ir departments.sql
CREATE TEMPORARY VIEW granted AS
SELECT g.n, format('grant-%s', g.n) AS code, p.code AS person, p.amount
FROM generate_series(1, 60) AS g (n) JOIN person AS p ON p.n % 60 = g.n - 1;
INSERT INTO fund_file
SELECT 'u', code, 'Grant', 'federal', '13-' || n,
       round(sum(amount) * CASE WHEN n % 2 = 0 THEN 2 ELSE n / 60.0 END, 2)
FROM granted GROUP BY n, code;
INSERT INTO plan_file
SELECT DISTINCT 'u', g.code, '2020-01-01'::date, l.tier, 1, CASE l.tier WHEN 1 THEN g.code ELSE 'f-' || d.code END, 1000000,
       'proposal', 'ann', 'bob'
FROM granted AS g
JOIN department AS d ON d.n = 1 + g.n % d.departments
CROSS JOIN (VALUES (1), (2)) AS l (tier);
INSERT INTO assignment_file SELECT 'u', code, 'person', person FROM granted;
\ir files.sql
