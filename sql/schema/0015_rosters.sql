-- What other systems say of people and groups: student systems, allocation systems, the hubs themselves.
SET LOCAL ROLE hm_owner;

CREATE TABLE import.roster_column (
    format text NOT NULL,
    file_kind text NOT NULL,
    ordinal integer NOT NULL,
    column_name text NOT NULL,
    means text NOT NULL,
    mark integer,
    PRIMARY KEY (format, file_kind, ordinal),
    UNIQUE (format, file_kind, column_name)
);
COMMENT ON TABLE import.roster_column IS 'The columns that are read of the files of a roster; all others, passwords among them, are not even looked at';
COMMENT ON COLUMN import.roster_column.means IS 'What of import.roster_record comes from it; two columns that mean the same stand in for each other';
COMMENT ON COLUMN import.roster_column.mark IS 'A file is of this kind when its header has, for each mark, at least one column with it. Null: the column is no sign';

INSERT INTO import.roster_column
       (format,       file_kind,          ordinal, column_name,           means,      mark)
VALUES ('canvas',     'users',            1,       'user_id',             'key',      1),
       ('canvas',     'users',            2,       'login_id',            'username', 2),
       ('canvas',     'users',            3,       'integration_id',      'other_key', NULL),
       ('canvas',     'users',            4,       'full_name',           'name',     NULL),
       ('canvas',     'users',            5,       'first_name',          'name',     NULL),
       ('canvas',     'users',            6,       'last_name',           'name',     NULL),
       ('canvas',     'users',            7,       'sortable_name',       'name',     NULL),
       ('canvas',     'users',            8,       'short_name',          'name',     NULL),
       ('canvas',     'users',            9,       'status',              'status',   NULL),
       ('canvas',     'xlists',           1,       'section_id',          'key',      1),
       ('canvas',     'xlists',           2,       'xlist_course_id',     'group',    2),
       ('canvas',     'xlists',           3,       'status',              'status',   NULL),
       ('canvas',     'courses',          1,       'course_id',           'key',      1),
       ('canvas',     'courses',          2,       'short_name',          'name',     2),
       ('canvas',     'courses',          3,       'long_name',           'name',     NULL),
       ('canvas',     'courses',          4,       'account_id',          'account',  NULL),
       ('canvas',     'courses',          5,       'term_id',             'term',     NULL),
       ('canvas',     'courses',          6,       'status',              'status',   NULL),
       ('canvas',     'courses',          7,       'start_date',          'starts',   NULL),
       ('canvas',     'courses',          8,       'end_date',            'ends',     NULL),
       ('canvas',     'sections',         1,       'section_id',          'key',      1),
       ('canvas',     'sections',         2,       'course_id',           'group',    2),
       ('canvas',     'sections',         3,       'name',                'name',     3),
       ('canvas',     'sections',         4,       'status',              'status',   NULL),
       ('canvas',     'sections',         5,       'start_date',          'starts',   NULL),
       ('canvas',     'sections',         6,       'end_date',            'ends',     NULL),
       ('canvas',     'accounts',         1,       'account_id',          'key',      1),
       ('canvas',     'accounts',         2,       'parent_account_id',   'parent',   2),
       ('canvas',     'accounts',         3,       'name',                'name',     NULL),
       ('canvas',     'accounts',         4,       'status',              'status',   NULL),
       ('canvas',     'terms',            1,       'term_id',             'key',      1),
       ('canvas',     'terms',            2,       'name',                'name',     2),
       ('canvas',     'terms',            3,       'status',              'status',   NULL),
       ('canvas',     'terms',            4,       'start_date',          'starts',   NULL),
       ('canvas',     'terms',            5,       'end_date',            'ends',     NULL),
       ('canvas',     'terms',            6,       'date_override_enrollment_type', 'role', NULL),
       ('canvas',     'enrollments',      1,       'user_id',             'person',   1),
       ('canvas',     'enrollments',      2,       'user_integration_id', 'person',   1),
       ('canvas',     'enrollments',      3,       'course_id',           'group',    2),
       ('canvas',     'enrollments',      4,       'section_id',          'section',  2),
       ('canvas',     'enrollments',      5,       'role',                'role',     3),
       ('canvas',     'enrollments',      6,       'role_id',             'role',     3),
       ('canvas',     'enrollments',      7,       'associated_user_id',  'other_key', NULL),
       ('canvas',     'enrollments',      8,       'status',              'status',   4),
       ('canvas',     'enrollments',      9,       'start_date',          'starts',   NULL),
       ('canvas',     'enrollments',      10,      'end_date',            'ends',     NULL),
       ('oneroster',  'users',            1,       'sourcedId',           'key',      1),
       ('oneroster',  'users',            2,       'status',              'status',   NULL),
       ('oneroster',  'users',            3,       'enabledUser',         'enabled',  NULL),
       ('oneroster',  'users',            4,       'username',            'username', 2),
       ('oneroster',  'users',            5,       'givenName',           'name',     3),
       ('oneroster',  'users',            6,       'familyName',          'name',     3),
       ('oneroster',  'orgs',             1,       'sourcedId',           'key',      1),
       ('oneroster',  'orgs',             2,       'status',              'status',   NULL),
       ('oneroster',  'orgs',             3,       'name',                'name',     2),
       ('oneroster',  'orgs',             4,       'identifier',          'other_key', NULL),
       ('oneroster',  'orgs',             5,       'parentSourcedId',     'parent',   3),
       ('oneroster',  'academicSessions', 1,       'sourcedId',           'key',      1),
       ('oneroster',  'academicSessions', 2,       'status',              'status',   NULL),
       ('oneroster',  'academicSessions', 3,       'title',               'name',     2),
       ('oneroster',  'academicSessions', 4,       'startDate',           'starts',   3),
       ('oneroster',  'academicSessions', 5,       'endDate',             'ends',     4),
       ('oneroster',  'classes',          1,       'sourcedId',           'key',      1),
       ('oneroster',  'classes',          2,       'status',              'status',   NULL),
       ('oneroster',  'classes',          3,       'title',               'name',     2),
       ('oneroster',  'classes',          4,       'courseSourcedId',     'parent',   3),
       ('oneroster',  'classes',          5,       'classCode',           'name',     NULL),
       ('oneroster',  'classes',          6,       'schoolSourcedId',     'account',  4),
       ('oneroster',  'classes',          7,       'termSourcedIds',      'term',     NULL),
       ('oneroster',  'courses',          1,       'sourcedId',           'key',      1),
       ('oneroster',  'courses',          2,       'status',              'status',   NULL),
       ('oneroster',  'courses',          3,       'courseCode',          'name',     2),
       ('oneroster',  'courses',          4,       'orgSourcedId',        'account',  3),
       ('oneroster',  'enrollments',      1,       'sourcedId',           'key',      1),
       ('oneroster',  'enrollments',      2,       'status',              'status',   NULL),
       ('oneroster',  'enrollments',      3,       'classSourcedId',      'group',    2),
       ('oneroster',  'enrollments',      4,       'userSourcedId',       'person',   3),
       ('oneroster',  'enrollments',      5,       'role',                'role',     4),
       ('oneroster',  'enrollments',      6,       'beginDate',           'starts',   NULL),
       ('oneroster',  'enrollments',      7,       'endDate',             'ends',     NULL),
       ('coldfront',  'projects',         1,       'project',             'key',      1),
       ('coldfront',  'projects',         2,       'pi',                  'person',   2),
       ('coldfront',  'projects',         3,       'title',               'name',     3),
       ('coldfront',  'projects',         4,       'users',               'username', 4),
       ('coldfront',  'projects',         5,       'username',            'username', 4),
       ('coldfront',  'projects',         6,       'start',               'starts',   NULL),
       ('coldfront',  'projects',         7,       'end',                 'ends',     NULL),
       ('coldfront',  'projects',         8,       'status',              'status',   5),
       ('coldfront',  'projects',         9,       'cost_centre',         'account',  NULL),
       ('jupyterhub', 'users',            1,       'username',            'key',      1),
       ('jupyterhub', 'groups',           1,       'group',               'key',      1),
       ('jupyterhub', 'groups',           2,       'cost_centre',         'account',  2),
       ('jupyterhub', 'members',          1,       'group',               'group',    1),
       ('jupyterhub', 'members',          2,       'username',            'person',   2);

CREATE TABLE import.roster_file (
    format text NOT NULL,
    file_kind text NOT NULL,
    tells text[] NOT NULL,
    PRIMARY KEY (format, file_kind)
);
COMMENT ON TABLE import.roster_file IS 'What a kind of file is all of, when it is all that a roster has to say';
COMMENT ON COLUMN import.roster_file.tells IS 'Kinds of import.roster_record';

INSERT INTO import.roster_file
       (format,       file_kind,          tells)
VALUES ('canvas',     'users',            '{user}'),
       ('canvas',     'accounts',         '{account}'),
       ('canvas',     'terms',            '{term}'),
       ('canvas',     'courses',          '{group}'),
       ('canvas',     'sections',         '{section}'),
       ('canvas',     'xlists',           '{xlist}'),
       ('canvas',     'enrollments',      '{enrollment}'),
       ('oneroster',  'users',            '{user}'),
       ('oneroster',  'orgs',             '{account}'),
       ('oneroster',  'academicSessions', '{term}'),
       ('oneroster',  'classes',          '{group}'),
       ('oneroster',  'courses',          '{course}'),
       ('oneroster',  'enrollments',      '{enrollment}'),
       ('coldfront',  'projects',         '{group,user,enrollment}'),
       ('jupyterhub', 'users',            '{user}'),
       ('jupyterhub', 'groups',           '{group}'),
       ('jupyterhub', 'members',          '{enrollment}');

CREATE TABLE import.roster_status (
    format text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'completed', 'ended')),
    PRIMARY KEY (format, kind, status)
);
COMMENT ON TABLE import.roster_status IS 'What the words of each system for the status of something come to; an empty one stands for an empty cell';

INSERT INTO import.roster_status (format, kind, status, state)
SELECT 'canvas', k.kind, s.status, s.state
FROM (VALUES ('user',       ARRAY['active', 'suspended'], '{}'::text[], ARRAY['deleted']),
             ('account',    ARRAY['', 'active'], '{}', ARRAY['deleted']),
             ('term',       ARRAY['', 'active'], '{}', ARRAY['deleted']),
             ('group',      ARRAY['active', 'published', 'unpublished', 'available', 'claimed', 'created'],
                            ARRAY['completed', 'concluded'], ARRAY['deleted']),
             ('section',    ARRAY['active'], '{}', ARRAY['deleted']),
             ('xlist',      ARRAY['active'], '{}', ARRAY['deleted']),
             ('enrollment', ARRAY['active', 'invited', 'creation_pending'],
                            ARRAY['completed', 'concluded'],
                            ARRAY['deleted', 'deleted_last_completed', 'inactive', 'rejected'])
     ) AS k (kind, active, completed, ended)
CROSS JOIN LATERAL (SELECT unnest(active), 'active' UNION ALL SELECT unnest(completed), 'completed'
                    UNION ALL SELECT unnest(ended), 'ended') AS s (status, state)
UNION ALL
SELECT 'oneroster', kind, status, state
FROM unnest(ARRAY['user', 'account', 'term', 'group', 'course', 'enrollment']) AS kind
CROSS JOIN (VALUES ('', 'active'), ('active', 'active'), ('tobedeleted', 'ended'), ('inactive', 'ended')
           ) AS s (status, state)
UNION ALL
SELECT 'coldfront', kind, status, state
FROM unnest(ARRAY['user', 'group', 'enrollment']) AS kind
CROSS JOIN (VALUES ('active', 'active'), ('new', 'active'), ('renewal requested', 'active'), ('paid', 'active'),
                   ('payment pending', 'active'), ('payment requested', 'active'),
                   ('archived', 'completed'), ('expired', 'completed'), ('inactive', 'completed'),
                   ('payment declined', 'ended'), ('denied', 'ended'), ('revoked', 'ended'),
                   ('removed', 'ended'), ('inactive (renewed)', 'completed')) AS s (status, state)
UNION ALL
SELECT 'jupyterhub', kind, '', 'active' FROM unnest(ARRAY['user', 'group', 'enrollment']) AS kind;

CREATE TABLE import.roster (
    roster_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    source text NOT NULL CHECK (source <> ''),
    format text NOT NULL,
    UNIQUE (institution_id, source)
);
COMMENT ON TABLE import.roster IS 'A system that keeps people and groups of an institution, and is asked again and again';
COMMENT ON COLUMN import.roster.source IS 'As in org.alias, org.group_unit and org.group_member: who keeps the rows';

CREATE TABLE import.roster_record (
    roster_id integer NOT NULL REFERENCES import.roster,
    kind text NOT NULL CHECK (kind IN ('user', 'account', 'term', 'course', 'group', 'section', 'xlist', 'enrollment')),
    key text NOT NULL CHECK (key <> ''),
    other_key text,
    name text,
    username text,
    parent text,
    account text,
    term text,
    "group" text,
    section text,
    person text,
    role text,
    starts timestamptz,
    ends timestamptz,
    state text NOT NULL CHECK (state IN ('active', 'completed', 'ended')),
    is_missing boolean NOT NULL DEFAULT false,
    first_slot timestamptz NOT NULL CHECK (usage.is_slot_start(first_slot)),
    away tstzmultirange,
    person_id integer REFERENCES org.person,
    PRIMARY KEY (roster_id, kind, key)
);
COMMENT ON TABLE import.roster_record IS 'What each roster said last, by its own keys: a file that only tells differences is read together with it. Members of groups follow from it';
COMMENT ON COLUMN import.roster_record.starts IS 'Rounded down to a slot (UTC); null: the roster does not say';
COMMENT ON COLUMN import.roster_record.ends IS 'Rounded up to a slot (UTC); null: the roster does not say';
COMMENT ON COLUMN import.roster_record.is_missing IS 'The roster was read as a whole, and it was not there';
COMMENT ON COLUMN import.roster_record.first_slot IS 'Slot (UTC) in which it was seen first';
COMMENT ON COLUMN import.roster_record.away IS 'Enrollments: when they do not hold whatever their dates say, because the roster lacked or ended them, from the slot (UTC) in which that was seen first';
COMMENT ON COLUMN import.roster_record.person_id IS 'Users: who it is';

GRANT SELECT ON import.roster_column, import.roster_file, import.roster_status TO hm_rater;
GRANT SELECT, INSERT, UPDATE ON import.roster, import.roster_record TO hm_rater;
