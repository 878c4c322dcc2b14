-- The least that funding must do, without deciding anything: read the shares with whom and what they are of,
-- and write as many legs as there are into a table with the same indexes.
BEGIN;
CREATE TABLE fund.bare_leg (LIKE fund.leg INCLUDING ALL);
SELECT count(*)
FROM (SELECT s.unit_id, s.person_id, l.class_id, g.tag, sum(s.amount)
      FROM charge.share AS s
      JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
      JOIN charge.workload_group AS g ON g.workload_group_id = s.workload_group_id
      GROUP BY s.unit_id, s.person_id, l.class_id, g.tag) AS k;
INSERT INTO fund.bare_leg SELECT * FROM fund.leg;
ROLLBACK;
