-- Fees: charges of their own kind, for a month of an institution's hubs, with a payer.
SET LOCAL ROLE hm_owner;

CREATE TABLE price.fee (
    fee_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    code text NOT NULL CHECK (code <> '' AND code !~ '^\('),
    kind text NOT NULL CHECK (kind IN ('active users', 'membership')),
    name text NOT NULL CHECK (name <> ''),
    unit_id integer REFERENCES org.unit,
    annual_fee numeric(20,2) CHECK (annual_fee >= 0),
    included_users bigint CHECK (included_users > 0),
    first_month date NOT NULL CHECK (extract(day FROM first_month) = 1),
    last_month date CHECK (extract(day FROM last_month) = 1 AND last_month >= first_month),
    UNIQUE (institution_id, code),
    CHECK ((kind = 'membership') = (annual_fee IS NOT NULL)),
    CHECK (kind = 'active users' OR included_users IS NULL)
);
COMMENT ON TABLE price.fee IS 'What is charged beside usage: a fee for monthly active users, or a membership by the year';
COMMENT ON COLUMN price.fee.code IS 'What files and reports call it';
COMMENT ON COLUMN price.fee.kind IS 'active users: who used its hubs in a month, by price.fee_tier; membership: a twelfth of the annual fee each month';
COMMENT ON COLUMN price.fee.name IS 'Such as Essential, Advanced or Premier';
COMMENT ON COLUMN price.fee.unit_id IS 'The department that pays; null: suspense';
COMMENT ON COLUMN price.fee.annual_fee IS 'membership: in the institution''s currency';
COMMENT ON COLUMN price.fee.included_users IS 'active users: so many are free, as a membership includes them; null: none';
COMMENT ON COLUMN price.fee.first_month IS 'First day of the first month it is charged for';
COMMENT ON COLUMN price.fee.last_month IS 'First day of the last; null: open';

CREATE TABLE price.fee_hub (
    fee_id integer NOT NULL REFERENCES price.fee,
    hub text NOT NULL CHECK (hub <> ''),
    PRIMARY KEY (fee_id, hub)
);
COMMENT ON TABLE price.fee_hub IS 'Hubs on which users count for a fee: once, on however many of them';

CREATE TABLE price.fee_tier (
    fee_id integer NOT NULL REFERENCES price.fee,
    above bigint NOT NULL CHECK (above >= 0),
    rate numeric(20,9) NOT NULL CHECK (rate >= 0),
    PRIMARY KEY (fee_id, above)
);
COMMENT ON TABLE price.fee_tier IS 'Graduated: every user above so many, up to the next tier, costs the rate';
COMMENT ON COLUMN price.fee_tier.rate IS 'Per user and month, in the institution''s currency';

CREATE TABLE price.service_account (
    hub text NOT NULL CHECK (hub <> ''),
    username text NOT NULL CHECK (username <> ''),
    PRIMARY KEY (hub, username)
);
COMMENT ON TABLE price.service_account IS 'User names that are no people: fees do not count them';

CREATE TABLE price.fee_month (
    fee_id integer NOT NULL REFERENCES price.fee,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    users bigint NOT NULL CHECK (users >= 0),
    amount numeric(20,9) NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fee_id, month)
);
COMMENT ON TABLE price.fee_month IS 'What a fee came to, and so what its charge line says';
COMMENT ON COLUMN price.fee_month.month IS 'First day of the month (UTC)';
COMMENT ON COLUMN price.fee_month.users IS 'Active users; 0 for a membership';
COMMENT ON COLUMN price.fee_month.amount IS 'In the institution''s currency, to nano-units';
COMMENT ON COLUMN price.fee_month.computed_at IS 'When (UTC)';

GRANT SELECT, INSERT, UPDATE ON price.fee TO hm_rater;
GRANT SELECT, INSERT, DELETE ON price.fee_hub, price.fee_tier, price.service_account TO hm_rater;
GRANT SELECT ON price.fee_month TO hm_rater;

ALTER TABLE charge.line
    DROP CONSTRAINT line_basis_check,
    DROP CONSTRAINT line_unpriced;
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'charge.line'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS line_basis_check,
                                       DROP CONSTRAINT IF EXISTS line_unpriced', partition);
    END LOOP;
END
$$;
ALTER TABLE charge.line
    ADD CONSTRAINT line_basis_check CHECK (basis IN ('rate_card', 'actual', 'fee')),
    ADD CONSTRAINT line_unpriced CHECK (basis <> 'rate_card' OR price_id IS NOT NULL OR amount = 0);
COMMENT ON COLUMN charge.line.basis IS 'rate_card: by the price book; actual: by the provider''s bill; fee: beside usage';

INSERT INTO import.file_column
       (kind,               ordinal, column_name,      required, help)
VALUES ('fees',             1,       'institution',    true,     'code of the institution that charges it'),
       ('fees',             2,       'fee',            true,     'code of the fee'),
       ('fees',             3,       'kind',           true,     'active users or membership'),
       ('fees',             4,       'name',           true,     'such as Essential, Advanced or Premier'),
       ('fees',             5,       'unit',           false,    'code of the department that pays; empty: suspense'),
       ('fees',             6,       'annual_fee',     false,    'membership: by the year'),
       ('fees',             7,       'included_users', false,    'active users: so many are free'),
       ('fees',             8,       'hubs',           false,    'active users: hubs, with blanks between, on which a user counts once'),
       ('fees',             9,       'tiers',          false,    'active users: rates as 0:10 10:5 100:2.5, each for users above so many'),
       ('fees',             10,      'first_month',    true,     '2026-07'),
       ('fees',             11,      'last_month',     false,    '2027-06; empty: open'),
       ('service-accounts', 1,       'hub',            true,     'hub'),
       ('service-accounts', 2,       'username',       true,     'user name there that is nobody''s');
