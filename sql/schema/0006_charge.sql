SET LOCAL ROLE hm_owner;

-- Partitioned by the month of the institution's calendar, which is what reports ask for.
CREATE TABLE charge.line (
    hub_id integer NOT NULL,
    day date NOT NULL,
    institution_id integer NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    unit_id integer,
    person_id integer,
    username text NOT NULL,
    class_id integer NOT NULL,
    resource text NOT NULL,
    used bigint NOT NULL,
    reserved bigint NOT NULL,
    billable bigint NOT NULL,
    provider_id integer NOT NULL,
    price_id integer,
    rate numeric(23,13),
    amount numeric(20,9) NOT NULL,
    currency text NOT NULL,
    rule text NOT NULL,
    reason text,
    first_slot timestamptz NOT NULL,
    last_slot timestamptz NOT NULL,
    -- Also the last guard against two ratings of one day at once.
    CONSTRAINT line_once UNIQUE NULLS NOT DISTINCT
        (hub_id, day, institution_id, month, unit_id, person_id, username, class_id, resource,
         provider_id, price_id),
    CHECK (CASE rule WHEN 'home' THEN unit_id IS NOT NULL AND person_id IS NOT NULL AND reason IS NULL
                     WHEN 'suspense' THEN unit_id IS NULL
                          AND reason IN ('no user yet', 'no alias', 'no membership')
                     ELSE false END),
    CHECK ((price_id IS NULL) = (rate IS NULL)),
    CHECK (price_id IS NOT NULL OR amount = 0)
) PARTITION BY RANGE (month);
COMMENT ON TABLE charge.line IS 'Priced usage: one line per hub-day, month, department, person, user, class, resource and price. Rating a hub-day writes its lines anew';
COMMENT ON COLUMN charge.line.day IS 'UTC day of the usage';
COMMENT ON COLUMN charge.line.institution_id IS 'Who is charged: the department''s institution, in suspense the owner of the hub';
COMMENT ON COLUMN charge.line.month IS 'First day of the month the usage falls in, in the calendar of the institution charged';
COMMENT ON COLUMN charge.line.unit_id IS 'The department; null in suspense';
COMMENT ON COLUMN charge.line.person_id IS 'Who used it; null if the user name is nobody''s yet';
COMMENT ON COLUMN charge.line.username IS 'As the hub spells it; empty if it is not known yet';
COMMENT ON COLUMN charge.line.used IS 'Consumed, in the quantity unit of the resource';
COMMENT ON COLUMN charge.line.reserved IS 'Requested or guaranteed, in the quantity unit of the resource; 0 where nothing can be';
COMMENT ON COLUMN charge.line.billable IS 'The greater of the two, taken per sample, in the quantity unit of the resource';
COMMENT ON COLUMN charge.line.provider_id IS 'Institution that owns the hub: its price book and currency hold';
COMMENT ON COLUMN charge.line.price_id IS 'The row of the price book; null if there is no price';
COMMENT ON COLUMN charge.line.rate IS 'Its rate as it was: currency per priced unit of the resource';
COMMENT ON COLUMN charge.line.amount IS 'billable x rate / base units, rounded once, to nano-units of the currency; 0 without a price';
COMMENT ON COLUMN charge.line.currency IS 'ISO 4217 code';
COMMENT ON COLUMN charge.line.rule IS 'Why this department: home (the person''s home department) or suspense';
COMMENT ON COLUMN charge.line.reason IS 'Why suspense: no user yet, no alias or no membership';
COMMENT ON COLUMN charge.line.first_slot IS 'Start of the first slot in which this user used this class of machine under this answer (UTC)';
COMMENT ON COLUMN charge.line.last_slot IS 'Start of the last such slot (UTC)';

CREATE TABLE charge.failed_day (
    hub_id integer NOT NULL,
    day date NOT NULL,
    reason text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (hub_id, day)
);
COMMENT ON TABLE charge.failed_day IS 'Hub-days that could not be rated when that was tried last. Their charges stay as they were, and they stay in ingest.dirty_day; a rating that succeeds takes the row away';
COMMENT ON COLUMN charge.failed_day.hub_id IS 'usage.hub';
COMMENT ON COLUMN charge.failed_day.day IS 'UTC day';
COMMENT ON COLUMN charge.failed_day.reason IS 'What PostgreSQL or charge.rate_day() said';
COMMENT ON COLUMN charge.failed_day.failed_at IS 'When rating it failed last (UTC)';

GRANT USAGE ON SCHEMA charge TO hm_rater;
GRANT SELECT, INSERT, DELETE ON charge.line TO hm_rater;
GRANT SELECT, INSERT, UPDATE, DELETE ON charge.failed_day TO hm_rater;
