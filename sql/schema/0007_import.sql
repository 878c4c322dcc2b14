SET LOCAL ROLE hm_owner;

CREATE TABLE import.file_column (
    kind text NOT NULL,
    ordinal integer NOT NULL,
    column_name text NOT NULL,
    required boolean NOT NULL,
    help text NOT NULL,
    PRIMARY KEY (kind, ordinal),
    UNIQUE (kind, column_name)
);
COMMENT ON TABLE import.file_column IS 'The columns of each kind of file that can be imported';
COMMENT ON COLUMN import.file_column.required IS 'Must the header name it? Other columns may be left out';

INSERT INTO import.file_column
       (kind,          ordinal, column_name,   required, help)
VALUES ('org',         1,       'institution', true,     'code of the institution'),
       ('org',         2,       'time_zone',   true,     'IANA name; only where the row declares an institution'),
       ('org',         3,       'currency',    true,     'ISO 4217 code; only where the row declares an institution'),
       ('org',         4,       'unit',        true,     'code of the department the row declares'),
       ('org',         5,       'parent',      false,    'code of the unit it belongs to; empty: none'),
       ('org',         6,       'name',        true,     'name of the institution or department'),
       ('org',         7,       'hub',         false,    'hub that belongs to the institution'),
       ('people',      1,       'person',      true,     'opaque key of the person'),
       ('people',      2,       'name',        true,     'name of the person'),
       ('people',      3,       'hub',         false,    'hub on which the person has a user name'),
       ('people',      4,       'username',    false,    'the user name there'),
       ('memberships', 1,       'person',      true,     'key of the person'),
       ('memberships', 2,       'institution', true,     'code of the institution'),
       ('memberships', 3,       'unit',        true,     'code of the department'),
       ('memberships', 4,       'valid_from',  true,     'date or instant (RFC 3339) from which it holds'),
       ('memberships', 5,       'valid_to',    true,     'date or instant from which it holds no more; empty: open'),
       ('memberships', 6,       'home',        true,     'yes: this department pays; no'),
       ('prices',      1,       'institution', true,     'code of the institution that owns the hubs'),
       ('prices',      2,       'resource',    true,     'cpu, memory, gpu, storage, net_rx or net_tx'),
       ('prices',      3,       'class',       true,     'class of machine; empty: every class without a row of its own'),
       ('prices',      4,       'rate',        true,     'currency per core-hour, GiB-hour, GPU-hour or GiB; up to 13 fraction digits'),
       ('prices',      5,       'market_rate', false,    'what the same costs on the market'),
       ('prices',      6,       'valid_from',  true,     'date or instant (RFC 3339) from which it holds'),
       ('prices',      7,       'valid_to',    true,     'date or instant from which it holds no more; empty: open');

GRANT USAGE ON SCHEMA import TO hm_rater;
GRANT SELECT ON import.file_column TO hm_rater;
