-- Reference rows that were wrong, who keeps which of them, and whose charges a change touches.
SET LOCAL ROLE hm_owner;

ALTER TABLE org.unit_parent ADD COLUMN unit_parent_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE org.hub_owner ADD COLUMN hub_owner_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- A row that is voided holds never: its range is empty, so that no lookup, boundary or exclusion
-- constraint sees it.
DO $$
DECLARE
    fact text;
    name text;
BEGIN
    FOREACH fact IN ARRAY ARRAY['org.alias', 'org.membership', 'org.unit_parent', 'org.hub_owner',
                                'org.group_unit', 'org.group_member', 'org.hub_group',
                                'org.group_policy', 'price.book'] LOOP
        name := split_part(fact, '.', 2);
        EXECUTE format('
            ALTER TABLE %1$s
                ADD COLUMN source text NOT NULL DEFAULT ''csv'' CHECK (source <> ''''),
                ADD COLUMN voided_at timestamptz,
                ADD COLUMN void_reason text CHECK (void_reason <> ''''),
                ADD COLUMN was_valid tstzrange,
                DROP CONSTRAINT %2$I,
                ADD CONSTRAINT %2$I CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid)
                                                ELSE isempty(valid) END),
                ADD CONSTRAINT %3$I CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3));
            ALTER TABLE %1$s ALTER COLUMN source SET DEFAULT ''manual'';
            COMMENT ON COLUMN %1$s.source IS
                ''Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only'';
            COMMENT ON COLUMN %1$s.voided_at IS
                ''When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts'';
            COMMENT ON COLUMN %1$s.void_reason IS ''Why it is wrong'';
            COMMENT ON COLUMN %1$s.was_valid IS ''What valid was until then: [from, to), UTC'';
            COMMENT ON COLUMN %1$s.valid IS
                ''When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided''',
            fact, name || '_valid_check', name || '_void');
    END LOOP;
END
$$;

-- Nothing is deleted any more.
REVOKE DELETE ON org.unit_parent, org.hub_owner FROM hm_rater;

-- Which changes of reference rows concern whom is worked out by user name.
ALTER TABLE ingest.dirty_day ADD COLUMN username text CHECK (username <> '');
COMMENT ON COLUMN ingest.dirty_day.username IS 'Whose usage alone has to be rated anew; null: everybody''s';
COMMENT ON COLUMN charge.run_total.before IS 'What those whose charges were compared paid for that hub-day before the run, to nano-units of the currency';
COMMENT ON COLUMN charge.run_total.after IS 'What they pay after it';
CREATE INDEX workload_username ON usage.workload (username);

CREATE TABLE import.law (
    law text PRIMARY KEY,
    kind text NOT NULL,
    column_name text NOT NULL,
    says text NOT NULL
);
COMMENT ON TABLE import.law IS 'Of what there is one at a time, in the files of each kind';
COMMENT ON COLUMN import.law.column_name IS 'The column that a breach is reported at';
COMMENT ON COLUMN import.law.says IS 'The law in words';

INSERT INTO import.law
       (law,          kind,          column_name,  says)
VALUES ('parent',     'org',         'parent',     'a department has one parent at a time'),
       ('owner',      'org',         'hub',        'a hub has one owner at a time'),
       ('username',   'people',      'person',     'a user name is one person''s at a time'),
       ('membership', 'memberships', 'valid_from', 'a person is in a department once at a time'),
       ('home',       'memberships', 'valid_from', 'a person has one home department at a time'),
       ('unit',       'groups',      'unit',       'a group has one department at a time'),
       ('hub',        'groups',      'hub',        'a hub is there for one group at a time'),
       ('policy',     'groups',      'policy',     'an institution has one policy at a time'),
       ('member',     'members',     'valid_from', 'a person is in a group once at a time'),
       ('default',    'members',     'valid_from', 'a person has one default group at a time'),
       ('price',      'prices',      'valid_from', 'a resource and class have one price at a time');

INSERT INTO import.file_column
       (kind,  ordinal, column_name,  required, help)
VALUES ('org', 8,       'valid_from', false,    'date or instant (RFC 3339) from which the parent or the owner of the hub holds; column left out: from now on, the first one ever since'),
       ('org', 9,       'valid_to',   false,    'date or instant from which it holds no more; empty: open');

GRANT SELECT ON import.law TO hm_rater;
