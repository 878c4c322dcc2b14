-- What all cases begin with: files, in the current directory, of a fund and a plan of one leg for each department.
CREATE TEMPORARY TABLE fund_file (institution text, fund text, name text, kind text, chart_string text, amount numeric);
CREATE TEMPORARY TABLE plan_file (institution text, plan text, valid_from date, tier integer, leg integer, fund text,
                                  weight_ppm integer, basis text, author text, approver text);
CREATE TEMPORARY TABLE assignment_file (institution text, plan text, scope text, code text);
CREATE TEMPORARY TABLE cap_file (institution text, scope text, code text, amount numeric, "window" text);

CREATE TEMPORARY VIEW department AS
SELECT substr(code, 2)::integer AS n, code, count(*) OVER () AS departments
FROM org.unit WHERE code ~ '^d[0-9]+$';
-- p1 stays without a plan of its own: what is changed later.
CREATE TEMPORARY VIEW person AS
SELECT substr(p.code, 2)::integer AS n, p.code, s.amount
FROM org.person AS p
JOIN (SELECT person_id, sum(amount) AS amount FROM charge.share GROUP BY person_id) AS s USING (person_id)
WHERE p.code <> 'p1' AND s.amount > 0;

INSERT INTO fund_file SELECT 'u', 'f-' || code, 'Department', 'operating', '11-' || n, NULL FROM department;
INSERT INTO plan_file
SELECT 'u', code, '2020-01-01', 1, 1, 'f-' || code, 1000000, 'budget', 'ann', 'bob' FROM department;
INSERT INTO assignment_file SELECT 'u', code, 'unit', code FROM department;
