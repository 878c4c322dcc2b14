SET LOCAL ROLE hm_owner;

CREATE TABLE price.resource (
    code text PRIMARY KEY,
    ordinal smallint NOT NULL UNIQUE,
    quantity_unit text NOT NULL,
    shown_unit text NOT NULL,
    shown_factor numeric NOT NULL,
    priced_unit text NOT NULL,
    base_units bigint NOT NULL CHECK (base_units > 0),
    most_units_a_day bigint NOT NULL CHECK (most_units_a_day > 0)
);
COMMENT ON TABLE price.resource IS 'What has a price: how it is counted, shown and priced';
COMMENT ON COLUMN price.resource.ordinal IS 'Order in reports';
COMMENT ON COLUMN price.resource.quantity_unit IS 'Unit of the integers that are stored';
COMMENT ON COLUMN price.resource.shown_unit IS 'Unit of the decimals that reports show';
COMMENT ON COLUMN price.resource.shown_factor IS 'Shown quantity = stored quantity times this: exact, it terminates';
COMMENT ON COLUMN price.resource.priced_unit IS 'What a rate is the price of';
COMMENT ON COLUMN price.resource.base_units IS 'Stored units in one priced unit';
COMMENT ON COLUMN price.resource.most_units_a_day IS 'Priced units that nobody uses up in a day: a rate at which so many could not be booked is refused';

INSERT INTO price.resource
       (code,      ordinal, quantity_unit,       shown_unit,     shown_factor, priced_unit, base_units,
        most_units_a_day)
VALUES ('cpu',     1,       'core-microseconds', 'core-seconds', 0.000001,     'core-hour', 3600000000, 1000000),
       ('memory',  2,       'MiB-seconds',       'MiB-seconds',  1,            'GiB-hour',  3686400,    100000000),
       ('gpu',     3,       'GPU-milliseconds',  'GPU-seconds',  0.001,        'GPU-hour',  3600000,    100000),
       ('storage', 4,       'MiB-seconds',       'MiB-seconds',  1,            'GiB-hour',  3686400,    1000000000),
       ('net_rx',  5,       'bytes',             'bytes',        1,            'GiB',       1073741824, 10000000),
       ('net_tx',  6,       'bytes',             'bytes',        1,            'GiB',       1073741824, 10000000);

-- Deferrable, so that one statement may shorten one row and lengthen the next.
CREATE TABLE price.book (
    price_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    resource text NOT NULL REFERENCES price.resource,
    class text CHECK (class <> ''),
    rate numeric(23,13) NOT NULL CHECK (rate >= 0),
    market_rate numeric(23,13) CHECK (market_rate >= 0),
    valid tstzrange NOT NULL CHECK (usage.on_slots(valid)),
    CONSTRAINT book_one_price_at_a_time
        EXCLUDE USING gist (institution_id WITH =, resource WITH =, coalesce(class, '') WITH =,
                            valid WITH &&) DEFERRABLE
);
COMMENT ON TABLE price.book IS 'Price book: one rate for everybody on an institution''s hubs, per resource and class of machine';
COMMENT ON COLUMN price.book.institution_id IS 'Whose hubs it holds for; the rate is in its currency';
COMMENT ON COLUMN price.book.class IS 'Class of machine; null: every class without a row of its own';
COMMENT ON COLUMN price.book.rate IS 'Currency per priced unit of the resource (see price.resource), 13 fraction digits';
COMMENT ON COLUMN price.book.market_rate IS 'What the same would cost on the market, for comparison; same unit as the rate';
COMMENT ON COLUMN price.book.valid IS 'When it holds: [from, to) on slot boundaries, UTC';

GRANT USAGE ON SCHEMA price TO hm_rater;
GRANT SELECT ON price.resource TO hm_rater;
GRANT SELECT, INSERT, UPDATE ON price.book TO hm_rater;
