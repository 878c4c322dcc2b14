-- N users on H hubs over M days, as usage.slot holds them: psql -v users=10000 -v hubs=1 -v days=1
-- -v first=2026-09-01. The i-th user is active on each day with a probability that falls from 1 to
-- 0.2, in 2 to 16 slots of 0 to 2 cores and 512 to 8192 MiB; nothing is random: the same arguments make
-- the same rows. Departments have 50 people each, every tenth person a tagged course server as well.
SET ROLE hm_owner;

INSERT INTO org.institution (code, name, time_zone, currency)
VALUES ('u', 'University', 'America/New_York', 'USD') ON CONFLICT DO NOTHING;
INSERT INTO org.unit (institution_id, code, name)
SELECT i.institution_id, 'd' || n, 'Department ' || n
FROM org.institution AS i, generate_series(1, greatest(1, :users / 50)) AS n WHERE i.code = 'u';
INSERT INTO org.person (code, name) SELECT 'p' || n, 'Person ' || n FROM generate_series(1, :users) AS n;
INSERT INTO org.hub_owner (hub, institution_id, valid)
SELECT 'hub-' || h, institution_id, '(,)' FROM generate_series(1, :hubs) AS h, org.institution WHERE code = 'u';
INSERT INTO org.alias (hub, username, person_id)
SELECT 'hub-' || (1 + n % :hubs), 'user-' || n, p.person_id
FROM generate_series(1, :users) AS n JOIN org.person AS p ON p.code = 'p' || n;
INSERT INTO org.membership (person_id, unit_id, home, valid)
SELECT p.person_id, u.unit_id, true, '[2020-01-01 05:00Z,)'
FROM generate_series(1, :users) AS n
JOIN org.person AS p ON p.code = 'p' || n
JOIN org.unit AS u ON u.code = 'd' || (1 + n % greatest(1, :users / 50));
INSERT INTO org.user_group (institution_id, code, kind, name)
SELECT institution_id, 'c1', 'course', 'Course' FROM org.institution WHERE code = 'u';
INSERT INTO org.group_unit (group_id, unit_id, valid)
SELECT group_id, unit_id, '[2020-01-01 05:00Z,)' FROM org.user_group, org.unit WHERE unit.code = 'd1';
INSERT INTO org.group_member (group_id, person_id, role, is_default, valid)
SELECT g.group_id, p.person_id, 'student', false, '[2020-01-01 05:00Z,)'
FROM org.user_group AS g, generate_series(10, :users, 10) AS n JOIN org.person AS p ON p.code = 'p' || n;
INSERT INTO price.book (institution_id, resource, rate, market_rate, valid)
SELECT institution_id, r.resource, r.rate, r.rate * 3, '[2020-01-01 05:00Z,)'
FROM org.institution, (VALUES ('cpu', 0.013), ('memory', 0.00175)) AS r (resource, rate) WHERE code = 'u';

INSERT INTO usage.hub (name) SELECT 'hub-' || h FROM generate_series(1, :hubs) AS h;
INSERT INTO usage.node (hub_id, name, last_window_end, last_observed)
SELECT hub_id, 'node-1', :'first'::date + :days, :'first'::date + :days FROM usage.hub;
INSERT INTO usage.resource_class (name) VALUES ('');
SELECT usage.ensure_month(:'first'::date + n) FROM generate_series(0, :days + 31, 28) AS n \g /dev/null
INSERT INTO usage.workload (node_id, kind, external_id, username, server_name, tag, first_slot)
SELECT node_id, 3, format('%s/%s/%s', n, d, s), 'user-' || n, '', CASE s WHEN 1 THEN 'c1' ELSE '' END,
       :'first'::timestamp AT TIME ZONE 'UTC' + d * interval '1 day' + (n % 40) * interval '15 minutes'
FROM generate_series(1, :users) AS n
JOIN usage.hub AS h ON h.name = 'hub-' || (1 + n % :hubs)
JOIN usage.node USING (hub_id)
CROSS JOIN generate_series(0, :days - 1) AS d
CROSS JOIN generate_series(0, 1) AS s
WHERE (n * 7919 + d * 104729) % 100 < 100 - 80 * n / :users AND (s = 0 OR n % 10 = 0);
INSERT INTO usage.slot
SELECT w.first_slot + k.k * interval '15 minutes', w.workload_id, c.class_id,
       k.cpu, 0, k.cpu, k.memory, 0, k.memory, 0, 0, 0, 0, 0, 0, 900000, 0,
       w.hub_id
FROM (SELECT workload_id, first_slot, hub_id, substr(username, 6)::integer AS n
      FROM usage.workload JOIN usage.node USING (node_id)) AS w
CROSS JOIN usage.resource_class AS c
CROSS JOIN LATERAL (
    SELECT t.k, (t.k * 7919 + w.n * 31) % 1800000000 AS cpu, 900 * (512 + (t.k + w.n) % 16 * 512) AS memory
    FROM generate_series(0, 1 + w.n % 15) AS t (k)) AS k;
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT hub_id, :'first'::date + d FROM usage.hub, generate_series(0, :days) AS d;
RESET ROLE;
ANALYZE;
SELECT count(*) AS slots, count(DISTINCT (w.username, (s.slot_start AT TIME ZONE 'UTC')::date)) AS user_days
FROM usage.slot AS s JOIN usage.workload AS w USING (workload_id);
