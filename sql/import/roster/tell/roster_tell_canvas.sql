-- https://canvas.instructure.com/doc/api/file.sis_csv.html, and the provisioning reports of Canvas, which have
-- the same columns and more. An enrollment has no key of its own: it is a user, a section or course, and a
-- role.
CREATE FUNCTION import.roster_tell_canvas() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO told (file, line, file_kind, kind, key, other_key, name, username, status)
    SELECT file, line, 'users', 'user', user_id, integration_id,
           coalesce(full_name, nullif(concat_ws(' ', first_name, last_name), ''), sortable_name, short_name,
                    login_id), login_id, status
    FROM raw_users;

    INSERT INTO told (file, line, file_kind, kind, key, name, parent, status)
    SELECT file, line, 'accounts', 'account', account_id, name, parent_account_id, status FROM raw_accounts;

    INSERT INTO told (file, line, file_kind, kind, key, name, role, status, starts, ends)
    SELECT file, line, 'terms', 'term', term_id, name, date_override_enrollment_type, status, start_date, end_date
    FROM raw_terms;

    INSERT INTO told (file, line, file_kind, kind, key, name, account, term, status, starts, ends)
    SELECT file, line, 'courses', 'group', course_id, coalesce(long_name, short_name), account_id, term_id, status,
           start_date, end_date
    FROM raw_courses;

    INSERT INTO told (file, line, file_kind, kind, key, name, "group", status, starts, ends)
    SELECT file, line, 'sections', 'section', section_id, name, course_id, status, start_date, end_date
    FROM raw_sections;

    INSERT INTO told (file, line, file_kind, kind, key, "group", status)
    SELECT file, line, 'xlists', 'xlist', section_id, xlist_course_id, status FROM raw_xlists;

    INSERT INTO told (file, line, file_kind, kind, key, "group", section, person, role, status, starts, ends)
    SELECT e.file, e.line, 'enrollments', 'enrollment',
           concat_ws(E'\x1f', coalesce('s ' || e.section_id, 'c ' || e.course_id), p.person, r.role,
                     e.associated_user_id),
           e.course_id, e.section_id, p.person, r.role, e.status, e.start_date, e.end_date
    FROM raw_enrollments AS e
    LEFT JOIN (
        SELECT integration_id, min(user_id) AS user_id
        FROM (SELECT integration_id, user_id FROM raw_users
              UNION ALL
              SELECT k.other_key, k.key
              FROM import.roster_record AS k JOIN roster_run USING (roster_id) WHERE k.kind = 'user') AS u
        WHERE integration_id IS NOT NULL
        GROUP BY integration_id
    ) AS i ON i.integration_id = e.user_integration_id
    CROSS JOIN LATERAL (SELECT coalesce(e.user_id, i.user_id, e.user_integration_id)) AS p (person)
    CROSS JOIN LATERAL (SELECT coalesce(lower(e.role), 'role ' || e.role_id)) AS r (role);
END
$$;
COMMENT ON FUNCTION import.roster_tell_canvas() IS 'What files of Canvas say, into told';

GRANT EXECUTE ON FUNCTION import.roster_tell_canvas() TO hm_rater;
