-- Whom people work for, with time in it: user names that are reused, and groups with members that cross
-- departments.
SET LOCAL ROLE hm_owner;

-- A user name is one person's at a time.
ALTER TABLE org.alias
    DROP CONSTRAINT alias_pkey,
    ADD COLUMN alias_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ADD COLUMN valid tstzrange NOT NULL DEFAULT '(,)' CHECK (usage.on_slots(valid)),
    ADD CONSTRAINT alias_one_person_at_a_time
        EXCLUDE USING gist (hub WITH =, username WITH =, valid WITH &&) DEFERRABLE;
CREATE INDEX alias_username ON org.alias (hub, username);
CREATE INDEX alias_from ON org.alias (lower(valid));
CREATE INDEX alias_to ON org.alias (upper(valid));
COMMENT ON COLUMN org.alias.valid IS 'When the name is this person''s: [from, to) on slot boundaries, UTC';

CREATE TABLE org.user_group (
    group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    code text NOT NULL CHECK (code <> '' AND code !~ '^\(' AND code !~ '/'),
    kind text NOT NULL CHECK (kind IN ('course', 'lab', 'project', 'service')),
    name text NOT NULL CHECK (name <> ''),
    UNIQUE (institution_id, code)
);
COMMENT ON TABLE org.user_group IS 'People who use something for the same purpose, across departments: a course, lab, project or service';
COMMENT ON COLUMN org.user_group.code IS 'What files, reports and the tag of a server call it; a tag may also be institution/code';
COMMENT ON COLUMN org.user_group.kind IS 'course, lab, project or service';

-- Deferrable, here and below, so that one statement may shorten one row and lengthen the next.
CREATE TABLE org.group_unit (
    group_unit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id integer NOT NULL REFERENCES org.user_group,
    unit_id integer NOT NULL REFERENCES org.unit,
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT group_unit_one_at_a_time EXCLUDE USING gist (group_id WITH =, valid WITH &&) DEFERRABLE
);
COMMENT ON TABLE org.group_unit IS 'Which department pays for a group, and when';
COMMENT ON COLUMN org.group_unit.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

CREATE TABLE org.group_member (
    group_member_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id integer NOT NULL REFERENCES org.user_group,
    person_id integer NOT NULL REFERENCES org.person,
    role text NOT NULL CHECK (role <> ''),
    weight integer CHECK (weight > 0),
    is_default boolean NOT NULL,
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT group_member_once_at_a_time
        EXCLUDE USING gist (person_id WITH =, group_id WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT group_member_one_default_at_a_time
        EXCLUDE USING gist (person_id WITH =, valid WITH &&) WHERE (is_default) DEFERRABLE
);
CREATE INDEX group_member_person ON org.group_member (person_id);
CREATE INDEX group_member_from ON org.group_member (lower(valid));
CREATE INDEX group_member_to ON org.group_member (upper(valid));
COMMENT ON TABLE org.group_member IS 'Who is in which group, and when';
COMMENT ON COLUMN org.group_member.role IS 'member, student, teacher, pi, ...: as the file says';
COMMENT ON COLUMN org.group_member.weight IS 'Part of the person''s untagged usage that is for this group, in relation to the weights of the person''s other groups; null: none. Counts where the policy is weights';
COMMENT ON COLUMN org.group_member.is_default IS 'Is untagged usage for this group? One at a time';
COMMENT ON COLUMN org.group_member.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

CREATE TABLE org.hub_group (
    hub_group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub text NOT NULL CHECK (hub <> ''),
    group_id integer NOT NULL REFERENCES org.user_group,
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT hub_group_one_at_a_time EXCLUDE USING gist (hub WITH =, valid WITH &&) DEFERRABLE
);
COMMENT ON TABLE org.hub_group IS 'A hub that is there for one group: untagged usage on it is the group''s, whoever uses it';
COMMENT ON COLUMN org.hub_group.hub IS 'By name: it may be bound before its first usage arrives';
COMMENT ON COLUMN org.hub_group.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

CREATE TABLE org.group_policy (
    group_policy_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    policy text NOT NULL CHECK (policy IN ('home', 'weights', 'equal')),
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT group_policy_one_at_a_time EXCLUDE USING gist (institution_id WITH =, valid WITH &&) DEFERRABLE
);
COMMENT ON TABLE org.group_policy IS 'Who pays for untagged usage of a person in several groups without a default: as the institution of the home department says, or else the owner of the hub';
COMMENT ON COLUMN org.group_policy.policy IS 'home: the home department (also where there is no row); weights: the groups, by org.group_member.weight; equal: the groups, each as much';
COMMENT ON COLUMN org.group_policy.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

GRANT SELECT, INSERT, UPDATE ON org.user_group, org.group_unit, org.group_member, org.hub_group,
                                org.group_policy TO hm_rater;

INSERT INTO import.file_column
       (kind,      ordinal, column_name,   required, help)
VALUES ('people',  5,       'valid_from',  false,    'date or instant (RFC 3339) from which the user name is this person''s; empty: ever since'),
       ('people',  6,       'valid_to',    false,    'date or instant from which it is so no more; empty: open'),
       ('groups',  1,       'institution', true,     'code of the institution'),
       ('groups',  2,       'group',       true,     'code of the group, as the tag of a server names it; empty: the row is about the institution''s policy'),
       ('groups',  3,       'kind',        false,    'course, lab, project or service; only where the row declares a group'),
       ('groups',  4,       'name',        false,    'name of the group; only where the row declares one'),
       ('groups',  5,       'unit',        false,    'code of the department that pays for the group'),
       ('groups',  6,       'hub',         false,    'hub that is there for the group'),
       ('groups',  7,       'policy',      false,    'home, weights or equal: who pays for people in several groups'),
       ('groups',  8,       'valid_from',  false,    'date or instant (RFC 3339) from which unit, hub or policy holds; empty: ever since'),
       ('groups',  9,       'valid_to',    false,    'date or instant from which it holds no more; empty: open'),
       ('members', 1,       'person',      true,     'key of the person'),
       ('members', 2,       'institution', true,     'code of the institution'),
       ('members', 3,       'group',       true,     'code of the group'),
       ('members', 4,       'role',        false,    'member, student, teacher, ...; empty: member'),
       ('members', 5,       'weight',      false,    'part of untagged usage, as a whole number, where the policy is weights'),
       ('members', 6,       'default',     false,    'yes: untagged usage is for this group; no or empty'),
       ('members', 7,       'valid_from',  true,     'date or instant (RFC 3339) from which it holds'),
       ('members', 8,       'valid_to',    true,     'date or instant from which it holds no more; empty: open');
