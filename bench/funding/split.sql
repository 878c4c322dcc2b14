-- Uncapped: every other department pays by a plan of 60/25/15, the rest by one leg.
\ir departments.sql
INSERT INTO fund_file SELECT 'u', f, 'Shared', 'operating', '12-' || f, NULL FROM unnest('{x,y,z}'::text[]) AS f;
INSERT INTO plan_file
SELECT 'u', 'split', '2020-01-01', 1, l.leg, l.fund, l.weight, 'by use', 'ann', 'bob'
FROM (VALUES (1, 'x', 600000), (2, 'y', 250000), (3, 'z', 150000)) AS l (leg, fund, weight);
UPDATE assignment_file SET plan = 'split' WHERE substr(code, 2)::integer % 2 = 0;
\ir files.sql
