-- What nobody would pay for otherwise: settled by hand, or by the domain of the user name.
SET LOCAL ROLE hm_owner;

CREATE TABLE org.settlement (
    settlement_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub text NOT NULL CHECK (hub <> ''),
    username text NOT NULL,
    tag text NOT NULL,
    unit_id integer NOT NULL REFERENCES org.unit,
    reason text NOT NULL CHECK (reason <> ''),
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    CONSTRAINT settlement_one_at_a_time
        EXCLUDE USING gist (hub WITH =, username WITH =, tag WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT settlement_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT settlement_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3))
);
COMMENT ON TABLE org.settlement IS 'Who pays for usage in suspense, as somebody decided. It counts only where nothing else names a department';
COMMENT ON COLUMN org.settlement.username IS 'As the hub spells it; empty: usage that the hub has named nobody for';
COMMENT ON COLUMN org.settlement.tag IS 'Of servers with this tag; empty: of those without';
COMMENT ON COLUMN org.settlement.reason IS 'Why, in words: report.charge_detail shows it';
COMMENT ON COLUMN org.settlement.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN org.settlement.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN org.settlement.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN org.settlement.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN org.settlement.was_valid IS 'What valid was until then: [from, to), UTC';

CREATE TABLE org.domain (
    domain_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain text NOT NULL CHECK (domain ~ '^[^@[:upper:][:space:]]+\.[^@.[:upper:][:space:]]+$'),
    institution_id integer NOT NULL,
    unit_id integer,
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    FOREIGN KEY (institution_id) REFERENCES org.institution,
    FOREIGN KEY (institution_id, unit_id) REFERENCES org.unit (institution_id, unit_id),
    CONSTRAINT domain_one_at_a_time EXCLUDE USING gist (domain WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT domain_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT domain_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3))
);
COMMENT ON TABLE org.domain IS 'Whose the user names are that are e-mail addresses of a domain, where nothing says more';
COMMENT ON COLUMN org.domain.domain IS 'northfield.edu, in lower case; its subdomains are meant too, the longest counts';
COMMENT ON COLUMN org.domain.institution_id IS 'The usage is in this institution''s suspense instead of the suspense of the owner of the hub';
COMMENT ON COLUMN org.domain.unit_id IS 'The department that pays; null: suspense';
COMMENT ON COLUMN org.domain.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN org.domain.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN org.domain.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN org.domain.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN org.domain.was_valid IS 'What valid was until then: [from, to), UTC';

GRANT SELECT, INSERT, UPDATE ON org.settlement, org.domain TO hm_rater;

-- A partition that was made by itself and attached keeps a check of its own.
ALTER TABLE charge.share DROP CONSTRAINT share_rule_check;
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'charge.share'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS share_rule_check', partition);
    END LOOP;
END
$$;
ALTER TABLE charge.share ADD CONSTRAINT share_rule_check
    CHECK (rule IN ('tag', 'hub', 'default', 'group', 'weights', 'equal', 'home', 'assigned', 'domain',
                    'suspense'));
COMMENT ON COLUMN charge.share.rule IS 'Why this department: the tag of the server, the hub''s binding, the person''s default or only group, weights of or equal parts for several groups, the home department, a settlement, the domain of the user name, or suspense';

INSERT INTO import.law
       (law,          kind,          column_name, says)
VALUES ('settlement', 'settlements', 'username',  'usage is settled once at a time'),
       ('domain',     'domains',     'domain',    'a domain has one institution at a time');

INSERT INTO import.file_column
       (kind,          ordinal, column_name,   required, help)
VALUES ('settlements', 1,       'hub',         true,     'hub of the usage in suspense'),
       ('settlements', 2,       'username',    true,     'user name there; empty: usage without one'),
       ('settlements', 3,       'tag',         false,    'tag of the servers; empty: those without'),
       ('settlements', 4,       'institution', true,     'code of the institution that pays'),
       ('settlements', 5,       'unit',        true,     'code of its department'),
       ('settlements', 6,       'reason',      true,     'why, in words'),
       ('settlements', 7,       'valid_from',  false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('settlements', 8,       'valid_to',    false,    'date or instant from which it holds no more; empty: open'),
       ('domains',     1,       'domain',      true,     'domain of user names that are e-mail addresses'),
       ('domains',     2,       'institution', true,     'code of the institution they belong to'),
       ('domains',     3,       'unit',        false,    'code of the department that pays; empty: suspense'),
       ('domains',     4,       'valid_from',  false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('domains',     5,       'valid_to',    false,    'date or instant from which it holds no more; empty: open');
