-- Rates for those inside and outside, and the studies that rates come from.
SET LOCAL ROLE hm_owner;

ALTER TABLE price.book
    ADD COLUMN rate_class text NOT NULL DEFAULT 'internal'
        CHECK (rate_class IN ('internal', 'external academic', 'external')),
    DROP CONSTRAINT book_one_price_at_a_time,
    ADD CONSTRAINT book_one_price_at_a_time
        EXCLUDE USING gist (institution_id WITH =, resource WITH =, coalesce(class, '') WITH =, rate_class WITH =,
                            valid WITH &&) DEFERRABLE;
COMMENT ON COLUMN price.book.rate_class IS 'For whom: internal, external academic or external (price.customer). 2 CFR 200.468: one internal rate for everybody; a discount is a subsidy with its own payer, never a lower rate';

CREATE TABLE price.customer (
    customer_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id integer NOT NULL REFERENCES org.institution,
    institution_id integer NOT NULL REFERENCES org.institution,
    rate_class text NOT NULL CHECK (rate_class IN ('external academic', 'external')),
    valid tstzrange NOT NULL,
    source text NOT NULL DEFAULT 'manual' CHECK (source <> ''),
    voided_at timestamptz,
    void_reason text CHECK (void_reason <> ''),
    was_valid tstzrange,
    CONSTRAINT customer_one_at_a_time
        EXCLUDE USING gist (provider_id WITH =, institution_id WITH =, valid WITH &&) DEFERRABLE,
    CONSTRAINT customer_valid_check
        CHECK (CASE WHEN voided_at IS NULL THEN usage.on_slots(valid) ELSE isempty(valid) END),
    CONSTRAINT customer_void CHECK (num_nulls(voided_at, void_reason, was_valid) IN (0, 3)),
    CHECK (provider_id <> institution_id)
);
COMMENT ON TABLE price.customer IS 'Institutions whose people are external on the hubs of another; everybody else is internal';
COMMENT ON COLUMN price.customer.provider_id IS 'Institution that owns the hubs and the price book';
COMMENT ON COLUMN price.customer.institution_id IS 'Institution of the people, by their home department';
COMMENT ON COLUMN price.customer.valid IS 'When it holds: [from, to) on slot boundaries, UTC; empty: never, it was voided';
COMMENT ON COLUMN price.customer.source IS 'Who keeps the row: csv, what an importer calls itself, or manual. A file changes rows of its own source only';
COMMENT ON COLUMN price.customer.voided_at IS 'When the row was found to be wrong (UTC): it counts as if it had never been. Null: it counts';
COMMENT ON COLUMN price.customer.void_reason IS 'Why it is wrong';
COMMENT ON COLUMN price.customer.was_valid IS 'What valid was until then: [from, to), UTC';

CREATE TABLE price.study (
    study_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    resource text NOT NULL REFERENCES price.resource,
    class text CHECK (class <> ''),
    period_start date NOT NULL,
    period_end date NOT NULL CHECK (period_end > period_start),
    cost_pool numeric(20,2) NOT NULL CHECK (cost_pool >= 0),
    carried_over numeric(20,2) NOT NULL DEFAULT 0,
    projected_units numeric(20,3) NOT NULL CHECK (projected_units > 0),
    actual_cost numeric(20,2) CHECK (actual_cost >= 0),
    actual_units numeric(20,3) CHECK (actual_units >= 0),
    UNIQUE NULLS NOT DISTINCT (institution_id, resource, class, period_start)
);
COMMENT ON TABLE price.study IS 'Where a rate comes from: costs of a period over projected units, and what became of it (2 CFR 200.468: adjusted at least every two years, over- and under-recovery carried on)';
COMMENT ON COLUMN price.study.period_start IS 'First day of the fiscal year or period, in the institution''s calendar';
COMMENT ON COLUMN price.study.period_end IS 'The day after its last, in the institution''s calendar';
COMMENT ON COLUMN price.study.cost_pool IS 'Costs to recover in the period, in the institution''s currency';
COMMENT ON COLUMN price.study.carried_over IS 'Over-recovery of the period before, in the institution''s currency; negative: under-recovery';
COMMENT ON COLUMN price.study.projected_units IS 'Units expected to be charged, in the priced unit of the resource';
COMMENT ON COLUMN price.study.actual_cost IS 'What it cost in the end, in the institution''s currency; null: not known yet';
COMMENT ON COLUMN price.study.actual_units IS 'What was charged in the end, in the priced unit; null: not known yet';

GRANT SELECT, INSERT, UPDATE ON price.customer, price.study TO hm_rater;

INSERT INTO import.law
       (law,        kind,        column_name,   says)
VALUES ('customer', 'customers', 'institution', 'an institution is a customer of another once at a time');

INSERT INTO import.file_column
       (kind,           ordinal, column_name,       required, help)
VALUES ('prices',       8,       'rate_class',      false,    'internal, external academic or external; empty: internal'),
       ('customers',    1,       'provider',        true,     'code of the institution that owns the hubs'),
       ('customers',    2,       'institution',     true,     'code of the institution whose people use them'),
       ('customers',    3,       'rate_class',      true,     'external academic or external'),
       ('customers',    4,       'valid_from',      false,    'date or instant (RFC 3339) from which it holds; empty: ever since'),
       ('customers',    5,       'valid_to',        false,    'date or instant from which it holds no more; empty: open'),
       ('rate-studies', 1,       'institution',     true,     'code of the institution'),
       ('rate-studies', 2,       'resource',        true,     'cpu, memory, gpu, storage, net_rx or net_tx'),
       ('rate-studies', 3,       'class',           false,    'class of machine; empty: every class'),
       ('rate-studies', 4,       'period_start',    true,     'first day of the period'),
       ('rate-studies', 5,       'period_end',      true,     'the day after its last'),
       ('rate-studies', 6,       'cost_pool',       true,     'costs to recover'),
       ('rate-studies', 7,       'carried_over',    false,    'over-recovery of the period before; negative: under-recovery'),
       ('rate-studies', 8,       'projected_units', true,     'core-hours, GiB-hours, GPU-hours or GiB expected'),
       ('rate-studies', 9,       'actual_cost',     false,    'what it cost in the end'),
       ('rate-studies', 10,      'actual_units',    false,    'what was charged in the end');
