-- An account that is no department may belong to one.
CREATE FUNCTION import.roster_departments(of_roster integer) RETURNS TABLE (group_key text, unit_id integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE above (group_key, account, distance) AS (
            SELECT r.key, r.account, 0
            FROM import.roster_record AS r
            WHERE r.roster_id = of_roster AND r.kind = 'group' AND r.account IS NOT NULL
            UNION ALL
            SELECT a.group_key, r.parent, a.distance + 1
            FROM above AS a
            JOIN import.roster_record AS r ON r.roster_id = of_roster AND r.kind = 'account' AND r.key = a.account
            WHERE r.parent IS NOT NULL AND a.distance < 32
        )
        SELECT DISTINCT ON (a.group_key) a.group_key, u.unit_id
        FROM above AS a
        JOIN import.roster AS o ON o.roster_id = of_roster
        LEFT JOIN import.roster_record AS r ON r.roster_id = of_roster AND r.kind = 'account' AND r.key = a.account
        JOIN org.unit AS u ON u.institution_id = o.institution_id AND u.code IN (a.account, r.other_key)
        ORDER BY a.group_key, a.distance, u.code = a.account DESC;
    END;
COMMENT ON FUNCTION import.roster_departments(integer) IS 'The department of each group of a roster: the nearest of its account and those above whose code is a department''s; groups without one are left out';

GRANT EXECUTE ON FUNCTION import.roster_departments(integer) TO hm_rater;
