-- What the provider's clouds charge, and where each part of it went: basis "actual".
SET LOCAL ROLE hm_owner;

CREATE SCHEMA bill;
COMMENT ON SCHEMA bill IS 'Bills of clouds, line by line, and the rules that say what each line is for';
GRANT USAGE ON SCHEMA bill TO hm_rater;

CREATE TABLE bill.statement (
    statement_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    issuer text NOT NULL,
    account text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL CHECK (period_end > period_start),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    revision_id bigint,
    distributed_revision_id bigint,
    distributed_at timestamptz,
    is_dirty boolean NOT NULL DEFAULT true,
    UNIQUE (institution_id, issuer, account, period_start, period_end, currency)
);
COMMENT ON TABLE bill.statement IS 'A bill: of one issuer for one account and billing period in one currency';
COMMENT ON COLUMN bill.statement.issuer IS 'InvoiceIssuerName, or else ProviderName, of FOCUS';
COMMENT ON COLUMN bill.statement.account IS 'BillingAccountId of FOCUS';
COMMENT ON COLUMN bill.statement.period_start IS 'BillingPeriodStart of FOCUS (UTC)';
COMMENT ON COLUMN bill.statement.period_end IS 'BillingPeriodEnd of FOCUS (UTC), exclusive';
COMMENT ON COLUMN bill.statement.currency IS 'ISO 4217 code: BillingCurrency of FOCUS';
COMMENT ON COLUMN bill.statement.revision_id IS 'The revision that counts';
COMMENT ON COLUMN bill.statement.distributed_revision_id IS 'The revision that charges stand on; null: none yet';
COMMENT ON COLUMN bill.statement.distributed_at IS 'When it was distributed last (UTC)';
COMMENT ON COLUMN bill.statement.is_dirty IS 'Has something changed since: the bill, a rule, usage or who pays?';

CREATE TABLE bill.revision (
    revision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    statement_id integer NOT NULL REFERENCES bill.statement,
    file text NOT NULL,
    lines bigint NOT NULL,
    total numeric NOT NULL,
    difference numeric NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    imported_by text NOT NULL DEFAULT session_user
);
CREATE INDEX revision_statement ON bill.revision (statement_id);
ALTER TABLE bill.statement ADD FOREIGN KEY (revision_id) REFERENCES bill.revision,
                           ADD FOREIGN KEY (distributed_revision_id) REFERENCES bill.revision;
COMMENT ON TABLE bill.revision IS 'A bill as a file said it: clouds restate a month for days';
COMMENT ON COLUMN bill.revision.total IS 'Sum of its lines, exact, in the currency of the statement';
COMMENT ON COLUMN bill.revision.difference IS 'That less the total of the revision before; of the first, the total';
COMMENT ON COLUMN bill.revision.imported_at IS 'When it was imported (UTC)';

CREATE TABLE bill.line (
    bill_line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision_id bigint NOT NULL REFERENCES bill.revision,
    file_line integer NOT NULL,
    cost numeric NOT NULL,
    charge_start timestamptz NOT NULL,
    charge_end timestamptz NOT NULL CHECK (charge_end >= charge_start),
    category text NOT NULL,
    description text,
    account text,
    service text,
    resource text,
    resource_type text,
    region text,
    quantity numeric,
    unit text,
    tags jsonb NOT NULL DEFAULT '{}',
    extra jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX line_revision ON bill.line (revision_id);
COMMENT ON TABLE bill.line IS 'A line of a bill, as FOCUS has it; those of earlier revisions stay';
COMMENT ON COLUMN bill.line.file_line IS 'Where it stood in the file';
COMMENT ON COLUMN bill.line.cost IS 'BilledCost: all digits of the file, in the currency of the statement; negative for credits and refunds';
COMMENT ON COLUMN bill.line.charge_start IS 'ChargePeriodStart (UTC)';
COMMENT ON COLUMN bill.line.charge_end IS 'ChargePeriodEnd (UTC), exclusive';
COMMENT ON COLUMN bill.line.category IS 'ChargeCategory: Usage, Purchase, Tax, Credit or Adjustment';
COMMENT ON COLUMN bill.line.account IS 'SubAccountId, or else BillingAccountId';
COMMENT ON COLUMN bill.line.resource IS 'ResourceId';
COMMENT ON COLUMN bill.line.quantity IS 'ConsumedQuantity, or else PricingQuantity, in the unit of the line';
COMMENT ON COLUMN bill.line.tags IS 'Tags';
COMMENT ON COLUMN bill.line.extra IS 'Every other column of the file, as text';

CREATE TABLE bill.rule (
    rule_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    account text,
    service text,
    category text,
    resource text,
    tag text,
    tag_value text,
    hub text CHECK (hub <> ''),
    component text NOT NULL
        CHECK (component IN ('compute', 'storage', 'network', 'core', 'support', 'credit', 'tax')),
    class text,
    provisioned_gib bigint CHECK (provisioned_gib > 0),
    UNIQUE (institution_id, ordinal)
);
COMMENT ON TABLE bill.rule IS 'What a line of a bill is for: the first rule whose patterns all match says it. Null: anything';
COMMENT ON COLUMN bill.rule.ordinal IS 'Order: line of the file';
COMMENT ON COLUMN bill.rule.account IS 'Pattern of the account; * stands for anything, here and below';
COMMENT ON COLUMN bill.rule.service IS 'Pattern of the service';
COMMENT ON COLUMN bill.rule.category IS 'Pattern of the category';
COMMENT ON COLUMN bill.rule.resource IS 'Pattern of the resource';
COMMENT ON COLUMN bill.rule.tag IS 'Pattern of the name of a tag that the line must have';
COMMENT ON COLUMN bill.rule.tag_value IS 'Pattern of its value';
COMMENT ON COLUMN bill.rule.hub IS 'The hub; =tag: what the tag says; null: shared by all hubs of the institution';
COMMENT ON COLUMN bill.rule.component IS 'compute, storage and network go by usage, core, support, credit and tax by the policy of the institution';
COMMENT ON COLUMN bill.rule.class IS 'compute: the class of machine it is; null: all';
COMMENT ON COLUMN bill.rule.provisioned_gib IS 'storage: size of the volume in GiB, so that what is unused shows; null: all of it goes to those who store';

CREATE TABLE bill.policy (
    institution_id integer NOT NULL REFERENCES org.institution,
    component text NOT NULL
        CHECK (component IN ('idle', 'core', 'support', 'credit', 'tax')),
    policy text NOT NULL CHECK (policy IN ('line', 'spread', 'direct', 'even', 'fixed')),
    unit_id integer REFERENCES org.unit,
    ppm integer CHECK (ppm > 0),
    UNIQUE NULLS NOT DISTINCT (institution_id, component, unit_id),
    CHECK ((component = 'idle') = (policy IN ('line', 'spread'))),
    CHECK ((policy = 'fixed') = (unit_id IS NOT NULL AND ppm IS NOT NULL))
);
COMMENT ON TABLE bill.policy IS 'Who pays for what no usage drives. Without a row: idle is a line of its own, the rest goes by direct cost';
COMMENT ON COLUMN bill.policy.component IS 'idle: what a machine had and nobody used; core, support, credit, tax: as bill.rule';
COMMENT ON COLUMN bill.policy.policy IS 'line: a line of its own; spread: over those who used the machines; direct: as the departments'' other costs of the statement; even: all departments as much; fixed: by ppm';
COMMENT ON COLUMN bill.policy.ppm IS 'fixed: part of the department, in parts per million; those of a component add up to 1,000,000';

GRANT SELECT, INSERT, UPDATE ON bill.statement TO hm_rater;
GRANT SELECT, INSERT ON bill.revision, bill.line TO hm_rater;
GRANT SELECT, INSERT, UPDATE, DELETE ON bill.rule, bill.policy TO hm_rater;

-- ------------------------------------------------------------------------------------------------
-- Charges that stand on a bill
-- ------------------------------------------------------------------------------------------------

ALTER TABLE charge.line
    ADD COLUMN statement_id integer,
    DROP CONSTRAINT line_once,
    ADD CONSTRAINT line_once UNIQUE NULLS NOT DISTINCT
        (hub_id, day, workload_group_id, class_id, resource, provider_id, price_id, basis, month, period,
         statement_id),
    ADD CONSTRAINT line_statement CHECK ((basis = 'actual') = (statement_id IS NOT NULL));
CREATE INDEX line_of_statement ON charge.line (statement_id) WHERE statement_id IS NOT NULL;
COMMENT ON COLUMN charge.line.statement_id IS 'The bill it is a part of; null: by the price book';
COMMENT ON COLUMN charge.line.resource IS 'Resource of the price book; of a bill: the component, or its idle or residual part';

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
                    'direct', 'even', 'fixed', 'suspense'));
COMMENT ON COLUMN charge.share.rule IS 'Why this department: the tag of the server, the hub''s binding, the person''s default or only group, weights of or equal parts for several groups, the home department, a settlement, the domain of the user name; of shared parts of a bill: its direct cost, equal or fixed parts; or suspense';

ALTER TABLE charge.run DROP CONSTRAINT run_reason_check,
    ADD CONSTRAINT run_reason_check CHECK (reason IN ('usage', 'import', 'correction', 'upgrade', 'bill'));
COMMENT ON COLUMN charge.run.reason IS 'usage: new or late usage; import: a file of reference data; correction: a row that was changed or voided by hand; bill: a bill or what it is distributed by; upgrade: a new release of hubmeter';

CREATE TABLE bill.touched_statement (statement_id integer PRIMARY KEY);
COMMENT ON TABLE bill.touched_statement IS 'Statements whose charges the transaction changed: checked and taken away at its end, so that nobody else ever sees a row';

CREATE FUNCTION bill.check_statement() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    charged numeric;
    billed numeric;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO charged FROM charge.line WHERE statement_id = NEW.statement_id;
    SELECT round(r.total, 9) INTO billed
    FROM bill.statement AS s JOIN bill.revision AS r ON r.revision_id = s.distributed_revision_id
    WHERE s.statement_id = NEW.statement_id;
    IF charged IS DISTINCT FROM billed THEN
        RAISE EXCEPTION 'charges of statement % are %, the bill is %', NEW.statement_id, charged, billed
              USING ERRCODE = 'check_violation', CONSTRAINT = 'charges_are_the_bill', SCHEMA = 'charge', TABLE = 'line';
    END IF;
    DELETE FROM bill.touched_statement WHERE statement_id = NEW.statement_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION bill.check_statement() IS 'Trigger: the charges of the statement are the bill, to the nano-unit';

CREATE CONSTRAINT TRIGGER check_statement AFTER INSERT ON bill.touched_statement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bill.check_statement();

CREATE FUNCTION bill.note_touched_statement() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO bill.touched_statement
        SELECT DISTINCT statement_id FROM after WHERE statement_id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO bill.touched_statement
        SELECT DISTINCT statement_id FROM before WHERE statement_id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION bill.note_touched_statement() IS 'Trigger: have the statements whose charges the statement touched checked at the end of the transaction';

CREATE FUNCTION bill.guard(lines regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER bill_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION bill.note_touched_statement()', lines);
    EXECUTE format('CREATE TRIGGER bill_update AFTER UPDATE ON %s
                    REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION bill.note_touched_statement()', lines);
    EXECUTE format('CREATE TRIGGER bill_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before
                    FOR EACH STATEMENT EXECUTE FUNCTION bill.note_touched_statement()', lines);
END
$$;
COMMENT ON FUNCTION bill.guard(regclass) IS 'As charge.guard: make the triggers behind the constraint, for charge.line or a partition of it';

SELECT bill.guard('charge.line');
SELECT bill.guard(inhrelid) FROM pg_inherits WHERE inhparent = 'charge.line'::regclass;

-- ------------------------------------------------------------------------------------------------
-- Files
-- ------------------------------------------------------------------------------------------------

INSERT INTO import.file_column
       (kind,            ordinal, column_name,          required, help)
VALUES ('bill',          1,       'BilledCost',         true,     'FOCUS, as all others of this kind'),
       ('bill',          2,       'BillingCurrency',    true,     'ISO 4217 code'),
       ('bill',          3,       'BillingPeriodStart', true,     'UTC'),
       ('bill',          4,       'BillingPeriodEnd',   true,     'UTC, exclusive'),
       ('bill',          5,       'ChargePeriodStart',  true,     'UTC'),
       ('bill',          6,       'ChargePeriodEnd',    true,     'UTC, exclusive'),
       ('bill',          7,       'ChargeCategory',     true,     'Usage, Purchase, Tax, Credit or Adjustment'),
       ('bill',          8,       'BillingAccountId',   false,    ''),
       ('bill',          9,       'InvoiceIssuerName',  false,    ''),
       ('bill',          10,      'ProviderName',       false,    'issuer, where InvoiceIssuerName is empty'),
       ('bill',          11,      'SubAccountId',       false,    ''),
       ('bill',          12,      'ServiceName',        false,    ''),
       ('bill',          13,      'ResourceId',         false,    ''),
       ('bill',          14,      'ResourceType',       false,    ''),
       ('bill',          15,      'RegionId',           false,    ''),
       ('bill',          16,      'ChargeDescription',  false,    ''),
       ('bill',          17,      'ConsumedQuantity',   false,    ''),
       ('bill',          18,      'ConsumedUnit',       false,    ''),
       ('bill',          19,      'PricingQuantity',    false,    'where ConsumedQuantity is empty'),
       ('bill',          20,      'PricingUnit',        false,    ''),
       ('bill',          21,      'Tags',               false,    'JSON object'),
       ('bill',          22,      '*',                  false,    'every other column'),
       ('bill-rules',    1,       'institution',        true,     'code of the institution whose bill it is'),
       ('bill-rules',    2,       'account',            false,    'pattern of the account, in which * stands for anything; empty, here and below: any'),
       ('bill-rules',    3,       'service',            false,    'pattern of the service'),
       ('bill-rules',    4,       'category',           false,    'pattern of the category'),
       ('bill-rules',    5,       'resource',           false,    'pattern of the resource'),
       ('bill-rules',    6,       'tag',                false,    'pattern of the name of a tag'),
       ('bill-rules',    7,       'tag_value',          false,    'pattern of its value'),
       ('bill-rules',    8,       'hub',                false,    'the hub; =tag: what the tag says; empty: shared'),
       ('bill-rules',    9,       'component',          true,     'compute, storage, network, core, support, credit or tax'),
       ('bill-rules',    10,      'class',              false,    'class of machine, of compute'),
       ('bill-rules',    11,      'provisioned_gib',    false,    'size of the volume in GiB, of storage'),
       ('bill-policies', 1,       'institution',        true,     'code of the institution whose bill it is'),
       ('bill-policies', 2,       'component',          true,     'idle, core, support, credit or tax'),
       ('bill-policies', 3,       'policy',             true,     'idle: line or spread; others: direct, even or fixed'),
       ('bill-policies', 4,       'unit',               false,    'fixed: code of the department'),
       ('bill-policies', 5,       'ppm',                false,    'fixed: its part in parts per million');
