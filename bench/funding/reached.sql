-- One subsidy for everybody that lasts, with a cap of each person a month: every day some reach theirs.
\ir departments.sql
INSERT INTO fund_file SELECT 'u', 'subsidy', 'Subsidy', 'subsidy', '14-1', 2 * sum(amount) FROM person;
UPDATE fund_file SET amount = round(amount, 2);
UPDATE plan_file SET tier = 2;
INSERT INTO plan_file
SELECT 'u', code, '2020-01-01', 1, 1, 'subsidy', 1000000, 'budget', 'ann', 'bob' FROM department;
INSERT INTO cap_file SELECT 'u', 'person', code, round(amount * (1 + n % 29) / 30, 2), 'month' FROM person;
\ir files.sql
