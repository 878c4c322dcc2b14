SET LOCAL ROLE hm_owner;

CREATE TABLE audit.change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT session_user,
    table_name text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    old_row jsonb,
    new_row jsonb
);
COMMENT ON TABLE audit.change IS 'Every change of a reference row; only ever appended to';
COMMENT ON COLUMN audit.change.changed_at IS 'Start of the transaction that changed it';
COMMENT ON COLUMN audit.change.changed_by IS 'The role that signed in';
COMMENT ON COLUMN audit.change.old_row IS 'The row before; null for INSERT';
COMMENT ON COLUMN audit.change.new_row IS 'The row after; null for DELETE';

CREATE TABLE org.institution (
    institution_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> '' AND (code !~ '^\(' OR institution_id = 0)),
    name text NOT NULL CHECK (name <> ''),
    time_zone text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE org.institution IS 'A university or other body with a calendar, a currency and departments of its own';
COMMENT ON COLUMN org.institution.institution_id IS '0 is built in: it owns the hubs nobody else owns';
COMMENT ON COLUMN org.institution.code IS 'What files and reports call it';
COMMENT ON COLUMN org.institution.time_zone IS 'IANA name: maps slots to the months of its reports';
COMMENT ON COLUMN org.institution.currency IS 'ISO 4217 code of its prices';

-- Usage of a hub that nobody claimed yet is charged here, in suspense: nothing is ever lost.
INSERT INTO org.institution (institution_id, code, name, time_zone, currency)
       OVERRIDING SYSTEM VALUE
VALUES (0, '(unowned)', 'Hubs without an owner', 'UTC', 'USD');

CREATE TABLE org.unit (
    unit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    code text NOT NULL CHECK (code <> '' AND code !~ '^\('),
    name text NOT NULL CHECK (name <> ''),
    UNIQUE (institution_id, code),
    UNIQUE (institution_id, unit_id)
);
COMMENT ON TABLE org.unit IS 'A department or any other part of an institution';
COMMENT ON COLUMN org.unit.code IS 'What files and reports call it; codes in parentheses are ours';

CREATE TABLE org.unit_parent (
    institution_id integer NOT NULL,
    unit_id integer NOT NULL,
    parent_id integer NOT NULL CHECK (parent_id <> unit_id),
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    FOREIGN KEY (institution_id, parent_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT unit_parent_one_at_a_time EXCLUDE USING gist (unit_id WITH =, valid WITH &&)
);
COMMENT ON TABLE org.unit_parent IS 'Which unit a unit belongs to, and when; both are of one institution';
COMMENT ON COLUMN org.unit_parent.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

CREATE TABLE org.hub_owner (
    hub text NOT NULL CHECK (hub <> ''),
    institution_id integer NOT NULL REFERENCES org.institution,
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT hub_owner_one_at_a_time EXCLUDE USING gist (hub WITH =, valid WITH &&)
);
COMMENT ON TABLE org.hub_owner IS 'Whose hub it is, and so whose prices hold, and when';
COMMENT ON COLUMN org.hub_owner.hub IS 'By name: it may be declared before its first usage arrives';
COMMENT ON COLUMN org.hub_owner.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

CREATE TABLE org.person (
    person_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> ''),
    name text NOT NULL CHECK (name <> '')
);
COMMENT ON TABLE org.person IS 'Somebody who uses a hub';
COMMENT ON COLUMN org.person.code IS 'Opaque key, the same for ever: a staff or student number, never a user name';

CREATE TABLE org.alias (
    hub text NOT NULL CHECK (hub <> ''),
    username text NOT NULL CHECK (username <> ''),
    person_id integer NOT NULL REFERENCES org.person,
    PRIMARY KEY (hub, username)
);
CREATE INDEX alias_person ON org.alias (person_id);
COMMENT ON TABLE org.alias IS 'What a hub calls a person: compared whole, "ann" is not "anna"';
COMMENT ON COLUMN org.alias.hub IS 'By name: the hub may be unknown yet';

-- Deferrable, so that one statement may shorten one membership and lengthen the next.
CREATE TABLE org.membership (
    membership_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id integer NOT NULL REFERENCES org.person,
    unit_id integer NOT NULL REFERENCES org.unit,
    home boolean NOT NULL,
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT membership_one_home_at_a_time
        EXCLUDE USING gist (person_id WITH =, valid WITH &&) WHERE (home) DEFERRABLE,
    CONSTRAINT membership_once_at_a_time
        EXCLUDE USING gist (person_id WITH =, unit_id WITH =, valid WITH &&) DEFERRABLE
);
CREATE INDEX membership_person ON org.membership (person_id);
CREATE INDEX membership_from ON org.membership (lower(valid));
CREATE INDEX membership_to ON org.membership (upper(valid));
COMMENT ON TABLE org.membership IS 'Who belongs to which unit, and when';
COMMENT ON COLUMN org.membership.home IS 'The home department pays; a person has at most one at a time';
COMMENT ON COLUMN org.membership.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

GRANT USAGE ON SCHEMA org TO hm_rater;
GRANT SELECT, INSERT, UPDATE ON org.institution, org.unit, org.unit_parent, org.hub_owner,
                                org.person, org.alias, org.membership TO hm_rater;
-- An edge or owner that held for less than a slot leaves no empty range behind.
GRANT DELETE ON org.unit_parent, org.hub_owner TO hm_rater;
GRANT SELECT ON audit.change TO hm_rater;
