-- Projects or allocations, a row for each, or for each of their users: the dates are those of the people in it, and a
-- project is active while any of its rows is.
CREATE FUNCTION import.roster_tell_coldfront() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.person_of_project;
    CREATE TEMPORARY TABLE person_of_project ON COMMIT DROP AS
    SELECT p.file, p.line, p.project, u.username, u.role, p.status, p.start, p."end"
    FROM raw_projects AS p
    CROSS JOIN LATERAL (
        SELECT p.pi AS username, 'pi' AS role
        UNION ALL
        SELECT coalesce(p.username, s.username), 'member'
        FROM regexp_split_to_table(coalesce(p.users, ''), '[,;\s]+') AS s (username)
    ) AS u
    WHERE u.username <> '';

    INSERT INTO told (file, line, file_kind, kind, key, name, account, status)
    SELECT DISTINCT ON (p.project) p.file, p.line, 'projects', 'group', p.project, p.title, p.cost_centre, p.status
    FROM raw_projects AS p
    LEFT JOIN import.roster_status AS s
           ON s.format = 'coldfront' AND s.kind = 'group' AND s.status = lower(p.status)
    ORDER BY p.project, array_position(ARRAY[NULL, 'active', 'completed', 'ended'], s.state), p.line;

    INSERT INTO told (file, line, file_kind, kind, key, username, status)
    SELECT DISTINCT ON (username) file, line, 'projects', 'user', username, username, 'active'
    FROM person_of_project ORDER BY username, file, line;

    INSERT INTO told (file, line, file_kind, kind, key, "group", person, role, status, starts, ends)
    SELECT DISTINCT ON (project, username, role)
           file, line, 'projects', 'enrollment', concat_ws(E'\x1f', project, username, role), project, username, role,
           status, start, "end"
    FROM person_of_project
    ORDER BY project, username, role, file, line;
END
$$;
COMMENT ON FUNCTION import.roster_tell_coldfront() IS 'What a list of projects and their people says, into told';

GRANT EXECUTE ON FUNCTION import.roster_tell_coldfront() TO hm_rater;
