-- OneRoster 1.1 and 1.2, CSV binding. A class is a group; the course that it is of may name a department, which is
-- nearer than the school.
CREATE FUNCTION import.roster_tell_oneroster() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO told (file, line, file_kind, kind, key, name, username, status)
    SELECT file, line, 'users', 'user', "sourcedId", nullif(concat_ws(' ', "givenName", "familyName"), ''), username,
           CASE WHEN lower("enabledUser") = 'false' THEN 'inactive' ELSE status END
    FROM raw_users;

    INSERT INTO told (file, line, file_kind, kind, key, name, other_key, parent, status)
    SELECT file, line, 'orgs', 'account', "sourcedId", name, identifier, "parentSourcedId", status FROM raw_orgs;

    INSERT INTO told (file, line, file_kind, kind, key, name, status, starts, ends)
    SELECT file, line, 'academicSessions', 'term', "sourcedId", title, status, "startDate", "endDate"
    FROM "raw_academicSessions";

    INSERT INTO told (file, line, file_kind, kind, key, name, account, status)
    SELECT file, line, 'courses', 'course', "sourcedId", "courseCode", "orgSourcedId", status FROM raw_courses;

    INSERT INTO told (file, line, file_kind, kind, key, name, parent, account, term, status)
    SELECT c.file, c.line, 'classes', 'group', c."sourcedId", coalesce(c.title, c."classCode"), c."courseSourcedId",
           coalesce(o.account, c."schoolSourcedId"), c."termSourcedIds", c.status
    FROM raw_classes AS c
    LEFT JOIN (SELECT DISTINCT ON (key) key, account
               FROM (SELECT true AS is_new, "sourcedId" AS key, "orgSourcedId" AS account FROM raw_courses
                     UNION ALL
                     SELECT false, r.key, r.account
                     FROM import.roster_record AS r JOIN roster_run USING (roster_id) WHERE r.kind = 'course') AS k
               ORDER BY key, is_new DESC, account) AS o ON o.key = c."courseSourcedId";

    INSERT INTO told (file, line, file_kind, kind, key, "group", person, role, status, starts, ends)
    SELECT file, line, 'enrollments', 'enrollment', "sourcedId", "classSourcedId", "userSourcedId", lower(role), status,
           "beginDate", "endDate"
    FROM raw_enrollments;
END
$$;
COMMENT ON FUNCTION import.roster_tell_oneroster() IS 'What files of OneRoster say, into told';

GRANT EXECUTE ON FUNCTION import.roster_tell_oneroster() TO hm_rater;
