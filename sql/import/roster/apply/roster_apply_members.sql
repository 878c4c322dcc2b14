-- Enrollments of one person in one group, in several sections or roles, are one membership. The n-th time that
-- somebody is in a group is the n-th row. Where another source keeps the membership it stays.
CREATE FUNCTION import.roster_apply_members() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    run record;
    rows_voided bigint;
    rows_changed bigint;
    rows_added bigint;
BEGIN
    SELECT * INTO run FROM roster_run;
    DROP TABLE IF EXISTS pg_temp.held, pg_temp.wanted, pg_temp.settled;
    CREATE TEMPORARY TABLE held ON COMMIT DROP AS
    SELECT e.key, coalesce(e.person_id, p.person_id) AS person_id, g.group_id, coalesce(e.role, 'member') AS role, e.state,
           e.starts >= e.ends AS is_never, e.group_key,
           CASE WHEN e.starts >= e.ends THEN '{}'
                ELSE tstzmultirange(tstzrange(e.starts, e.ends)) - e.away END AS valid
    FROM enrolled AS e
    LEFT JOIN org.person AS p
           ON p.code = e.person AND NOT EXISTS (SELECT FROM known AS u WHERE u.kind = 'user' AND u.key = e.person)
    LEFT JOIN org.user_group AS g ON g.institution_id = run.institution_id AND g.code = e.group_key;
    ANALYZE held;

    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT h.person_id, h.group_id, h.role, h.valid - coalesce(o.valid, '{}') AS valid, h.valid && o.valid AS is_kept
    FROM (SELECT person_id, group_id, range_agg(valid) AS valid,
                 (array_agg(role ORDER BY isempty(valid), state <> 'active',
                            array_position(ARRAY['teacher', 'pi', 'ta', 'designer', 'student', 'member', 'observer'], role),
                            role))[1] AS role
          FROM held
          WHERE person_id IS NOT NULL AND group_id IS NOT NULL
          GROUP BY person_id, group_id) AS h
    LEFT JOIN (SELECT person_id, group_id, range_agg(valid) AS valid
               FROM org.group_member
               WHERE source <> run.source AND voided_at IS NULL
               GROUP BY person_id, group_id) AS o USING (person_id, group_id);
    ANALYZE wanted;

    CREATE TEMPORARY TABLE settled ON COMMIT DROP AS
    WITH new AS (
        SELECT w.person_id, w.group_id, w.role, v.valid,
               row_number() OVER (PARTITION BY w.person_id, w.group_id ORDER BY v.valid) AS n
        FROM wanted AS w
        CROSS JOIN LATERAL unnest(w.valid) AS v (valid)
    ),
    old AS (
        SELECT m.group_member_id, m.person_id, m.group_id, m.role, m.valid,
               row_number() OVER (PARTITION BY m.person_id, m.group_id ORDER BY m.valid) AS n
        FROM org.group_member AS m
        WHERE m.source = run.source AND m.voided_at IS NULL
          AND (m.person_id, m.group_id) IN (SELECT person_id, group_id FROM wanted)
    )
    SELECT old.group_member_id, new.person_id, new.group_id, new.role, new.valid
    FROM old
    FULL JOIN new USING (person_id, group_id, n)
    WHERE old.group_member_id IS NULL OR new.n IS NULL
       OR (old.role, old.valid) IS DISTINCT FROM (new.role, new.valid);
    ANALYZE settled;

    rows_voided := audit.void_rows('org.group_member',
                                   ARRAY(SELECT group_member_id FROM settled WHERE valid IS NULL),
                                   'held for no slot in the roster of source ' || run.source);
    UPDATE org.group_member AS m SET role = s.role, valid = s.valid
    FROM settled AS s WHERE m.group_member_id = s.group_member_id AND s.valid IS NOT NULL;
    GET DIAGNOSTICS rows_changed = ROW_COUNT;
    INSERT INTO org.group_member (person_id, group_id, role, is_default, valid, source)
    SELECT s.person_id, s.group_id, s.role, false, s.valid, run.source
    FROM settled AS s WHERE s.group_member_id IS NULL
    ORDER BY s.group_id, s.person_id, s.valid;
    GET DIAGNOSTICS rows_added = ROW_COUNT;

    INSERT INTO outcome (is_change, n, text)
    VALUES (true, rows_added, 'memberships added'), (true, rows_changed, 'memberships changed or ended'),
           (true, rows_voided, 'memberships voided, that held for no slot');
    INSERT INTO outcome (is_change, n, text)
    SELECT false, count(*), reason
    FROM (SELECT CASE WHEN h.person_id IS NULL AND h.state <> 'ended' THEN 'enrollments of people who are not known'
                      WHEN h.group_id IS NULL AND h.state <> 'ended' THEN 'enrollments in what can be no group'
                      WHEN h.is_never THEN 'enrollments that end before they begin'
                      WHEN isempty(h.valid) AND h.state = 'ended' THEN 'enrollments that ended before they were seen'
                 END AS reason
          FROM held AS h) AS r
    WHERE reason IS NOT NULL
    GROUP BY reason
    ORDER BY reason;
    INSERT INTO outcome (is_change, n, text)
    SELECT false, count(*), 'memberships that another source keeps' FROM wanted WHERE is_kept;
END
$$;
COMMENT ON FUNCTION import.roster_apply_members() IS 'Have org.group_member say what the enrollments of the roster come to';

GRANT EXECUTE ON FUNCTION import.roster_apply_members() TO hm_rater;
