-- https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html: a group has users and properties, no
-- dates: who is in it is so from the slot in which it is seen.
CREATE FUNCTION import.roster_tell_jupyterhub() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO told (file, line, file_kind, kind, key, username)
    SELECT file, line, 'users', 'user', username, username FROM raw_users;
    INSERT INTO told (file, line, file_kind, kind, key, username)
    SELECT min(m.file), min(m.line), 'members', 'user', m.username, m.username
    FROM raw_members AS m
    WHERE NOT EXISTS (SELECT FROM raw_users AS u WHERE u.username = m.username)
    GROUP BY m.username;

    INSERT INTO told (file, line, file_kind, kind, key, account)
    SELECT file, line, 'groups', 'group', "group", cost_centre FROM raw_groups;

    INSERT INTO told (file, line, file_kind, kind, key, "group", person)
    SELECT file, line, 'members', 'enrollment', concat_ws(E'\x1f', "group", username), "group", username
    FROM raw_members;
END
$$;
COMMENT ON FUNCTION import.roster_tell_jupyterhub() IS 'What a hub says of its groups, into told';

GRANT EXECUTE ON FUNCTION import.roster_tell_jupyterhub() TO hm_rater;
