CREATE FUNCTION import.roster_check_references() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run record;
BEGIN
    SELECT * INTO run FROM roster_run;
    INSERT INTO finding
    SELECT f.severity, s.file, s.line, import.roster_column_of(run.format, s.file_kind, f.means), k.value, f.reason
    FROM said AS s
    CROSS JOIN LATERAL (
        VALUES ('person',  'user',    s.person,  'error',   'unknown user'),
               ('section', 'section', s.section, 'error',   'unknown section'),
               ('group',   'group',   s."group", 'error',   'unknown course or group'),
               ('term',    'term',    s.term,    'warning', 'unknown term: its dates are not known'),
               ('account', 'account', s.account, 'warning', 'neither an account of the roster nor a department')
    ) AS f (means, kind, value, severity, reason)
    CROSS JOIN LATERAL unnest(CASE WHEN f.kind = 'term' AND run.format = 'oneroster' THEN string_to_array(f.value, ',')
                                   ELSE ARRAY[f.value] END) AS k (value)
    LEFT JOIN known AS r ON r.kind = f.kind AND r.key = k.value
    WHERE f.value IS NOT NULL AND r.key IS NULL AND s.state <> 'ended'
      AND NOT (s.kind = 'xlist' AND f.means = 'group')
      AND NOT (f.kind = 'user' AND EXISTS (SELECT FROM org.person AS p WHERE p.code = f.value))
      AND NOT (f.kind = 'account' AND EXISTS (SELECT FROM org.unit AS u
                                              WHERE u.institution_id = run.institution_id AND u.code = f.value));

    -- A cross-listing of a section that nobody knows.
    INSERT INTO finding
    SELECT 'error', s.file, s.line, 'section_id', s.key, 'unknown section'
    FROM said AS s
    WHERE s.kind = 'xlist' AND s.state = 'active'
      AND NOT EXISTS (SELECT FROM known AS r WHERE r.kind = 'section' AND r.key = s.key);

    INSERT INTO finding
    SELECT 'warning', s.file, s.line, import.roster_column_of(run.format, s.file_kind, 'key'), s.key,
           'can''t be the code of a group: has a / or begins with ('
    FROM said AS s
    WHERE s.kind = 'group' AND s.state <> 'ended' AND s.key ~ '^\(|/';
END
$$;
COMMENT ON FUNCTION import.roster_check_references() IS 'Note in finding what is said of users, courses, sections, terms and accounts that nobody knows';

GRANT EXECUTE ON FUNCTION import.roster_check_references() TO hm_rater;
