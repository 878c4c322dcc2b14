COPY (SELECT * FROM fund_file) TO STDOUT (FORMAT csv, HEADER) \g funds.csv
COPY (SELECT * FROM plan_file ORDER BY plan, tier, leg) TO STDOUT (FORMAT csv, HEADER) \g plans.csv
COPY (SELECT * FROM assignment_file) TO STDOUT (FORMAT csv, HEADER) \g assignments.csv
COPY (SELECT * FROM cap_file) TO STDOUT (FORMAT csv, HEADER) \g caps.csv
