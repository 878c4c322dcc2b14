-- What was posted when months closed: a ledger of double entries, and the journals that are made of it.
SET LOCAL ROLE hm_owner;

-- ------------------------------------------------------------------------------------------------
-- Entries
-- ------------------------------------------------------------------------------------------------

CREATE TABLE ledger.batch (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL REFERENCES org.institution,
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    kind text NOT NULL CHECK (kind IN ('close', 'due', 'rejection')),
    of_institution_id integer NOT NULL,
    of_period date NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT now(),
    posted_by text NOT NULL DEFAULT session_user,
    UNIQUE (batch_id, institution_id, period),
    FOREIGN KEY (of_institution_id, of_period) REFERENCES ledger.period
);
COMMENT ON TABLE ledger.batch IS 'Entries that were posted together, on the books of one institution, and add up to zero';
COMMENT ON COLUMN ledger.batch.institution_id IS 'Whose books';
COMMENT ON COLUMN ledger.batch.period IS 'The month it is posted in: its first day';
COMMENT ON COLUMN ledger.batch.kind IS 'close: what a month came to; due: what the close of another institution leaves this one owing; rejection: lines of a journal that the ledger system refused';
COMMENT ON COLUMN ledger.batch.of_institution_id IS 'Whose month it comes of';
COMMENT ON COLUMN ledger.batch.of_period IS 'Which month of that institution: its first day';
COMMENT ON COLUMN ledger.batch.posted_at IS 'When (UTC)';
COMMENT ON COLUMN ledger.batch.posted_by IS 'The role that signed in';

CREATE TABLE ledger.entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id bigint NOT NULL,
    institution_id integer NOT NULL,
    period date NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    account text NOT NULL CHECK (account IN ('fund', 'recovery', 'due from', 'due to', 'clearing', 'suspense')),
    fund_id integer REFERENCES fund.fund,
    unit_id integer REFERENCES org.unit,
    counterparty_id integer REFERENCES org.institution,
    chart_string text NOT NULL CHECK (chart_string <> ''),
    currency text NOT NULL,
    amount numeric(20,9) NOT NULL CHECK (amount <> 0),
    reverses text,
    FOREIGN KEY (batch_id, institution_id, period) REFERENCES ledger.batch (batch_id, institution_id, period),
    CHECK ((account = 'fund') = (fund_id IS NOT NULL)),
    CHECK (CASE WHEN account IN ('due from', 'due to', 'clearing') THEN counterparty_id IS NOT NULL
                WHEN account = 'recovery' THEN counterparty_id IS NULL ELSE true END),
    CHECK (counterparty_id <> institution_id)
);
CREATE INDEX entry_of_batch ON ledger.entry (batch_id);
CREATE INDEX entry_of_period ON ledger.entry (institution_id, period);
COMMENT ON TABLE ledger.entry IS 'What was posted: rows are only ever added, and those of a batch add up to zero in every currency';
COMMENT ON COLUMN ledger.entry.institution_id IS 'As the batch''s: whose books';
COMMENT ON COLUMN ledger.entry.period IS 'As the batch''s: the month it is posted in';
COMMENT ON COLUMN ledger.entry.month IS 'Usage month: its first day';
COMMENT ON COLUMN ledger.entry.account IS 'fund: money that paid; recovery: what own hubs charged; due from: what another institution owes; due to: what is owed to it; clearing: what one of the two has booked and the other not yet; suspense: what no fund pays yet, or the ledger system refused';
COMMENT ON COLUMN ledger.entry.fund_id IS 'The fund; null: another account';
COMMENT ON COLUMN ledger.entry.unit_id IS 'The department that it was charged to; null: none';
COMMENT ON COLUMN ledger.entry.counterparty_id IS 'The other institution: who owes or is owed, or whose hub it was; null: nobody else has part in it';
COMMENT ON COLUMN ledger.entry.chart_string IS 'Where it stands in the institution''s chart of accounts, as it was when it was posted';
COMMENT ON COLUMN ledger.entry.currency IS 'ISO 4217 code';
COMMENT ON COLUMN ledger.entry.amount IS 'To nano-units of the currency; positive: debit, negative: credit';
COMMENT ON COLUMN ledger.entry.reverses IS 'Line of a journal that was refused (journal:line); null: none';

CREATE TABLE ledger.touched_batch (batch_id bigint PRIMARY KEY);
COMMENT ON TABLE ledger.touched_batch IS 'Batches that the transaction added to: checked and taken away at its end, so that nobody else ever sees a row';

CREATE FUNCTION ledger.check_batch() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    SELECT currency, sum(amount) AS amount INTO broken
    FROM ledger.entry WHERE batch_id = NEW.batch_id
    GROUP BY currency HAVING sum(amount) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'batch % is out of balance by % %', NEW.batch_id, broken.amount, broken.currency
              USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_balances', SCHEMA = 'ledger', TABLE = 'entry';
    END IF;
    DELETE FROM ledger.touched_batch WHERE batch_id = NEW.batch_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger.check_batch() IS 'Trigger: the entries of the batch add up to zero in every currency';
CREATE CONSTRAINT TRIGGER check_batch AFTER INSERT ON ledger.touched_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_batch();

CREATE FUNCTION ledger.note_entries() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed record;
BEGIN
    PERFORM FROM ledger.turn FOR SHARE;
    SELECT a.institution_id, a.period INTO closed
    FROM after AS a
    JOIN ledger.period AS p ON p.institution_id = a.institution_id AND p.month >= a.period AND p.state = 'closed'
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(closed.institution_id, closed.period);
    END IF;
    INSERT INTO ledger.touched_batch SELECT DISTINCT batch_id FROM after ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger.note_entries() IS 'Trigger: nothing is posted to a closed month, and batches are checked at the end of the transaction';
CREATE TRIGGER note_entries AFTER INSERT ON ledger.entry
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_entries();

-- ------------------------------------------------------------------------------------------------
-- Journals: entries in cents, for the ledger system
-- ------------------------------------------------------------------------------------------------

CREATE TABLE ledger.journal (
    journal_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id integer NOT NULL,
    period date NOT NULL,
    currency text NOT NULL,
    code text NOT NULL,
    fiscal_year smallint NOT NULL,
    fiscal_period smallint NOT NULL CHECK (fiscal_period BETWEEN 1 AND 12),
    software_rev text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (institution_id, period, currency),
    UNIQUE (institution_id, code),
    FOREIGN KEY (institution_id, period) REFERENCES ledger.period
);
COMMENT ON TABLE ledger.journal IS 'What the ledger system is told of a closed month: the entries of the institution''s own accounts, in cents';
COMMENT ON COLUMN ledger.journal.period IS 'The month: its first day';
COMMENT ON COLUMN ledger.journal.currency IS 'ISO 4217 code';
COMMENT ON COLUMN ledger.journal.code IS 'What files call it: the same each time it is exported';
COMMENT ON COLUMN ledger.journal.fiscal_year IS 'Fiscal year of the month, as it was counted then: called after the calendar year it ends in';
COMMENT ON COLUMN ledger.journal.fiscal_period IS 'Which month of that year, from 1';
COMMENT ON COLUMN ledger.journal.software_rev IS 'Schema of hubmeter that made it';
COMMENT ON COLUMN ledger.journal.made_at IS 'When the month was closed (UTC)';

CREATE TABLE ledger.journal_line (
    journal_id integer NOT NULL REFERENCES ledger.journal,
    line_no integer NOT NULL CHECK (line_no > 0),
    kind text NOT NULL CHECK (kind IN ('charge', 'adjustment', 'reversal', 'recovery', 'due')),
    account text NOT NULL,
    fund_id integer REFERENCES fund.fund,
    unit_id integer REFERENCES org.unit,
    counterparty_id integer REFERENCES org.institution,
    chart_string text NOT NULL,
    segments jsonb,
    month date,
    reverses text,
    amount numeric(20,2) NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (journal_id, line_no)
);
COMMENT ON TABLE ledger.journal_line IS 'Lines of journals: they add up to zero, and each to the cent to its entries and what was carried';
COMMENT ON COLUMN ledger.journal_line.line_no IS 'From 1, in an order that is always the same';
COMMENT ON COLUMN ledger.journal_line.kind IS 'charge: usage of that month; adjustment: of an earlier one; reversal: taken back from a line that was refused; recovery and due: the other side';
COMMENT ON COLUMN ledger.journal_line.account IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.fund_id IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.unit_id IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.counterparty_id IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.chart_string IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.segments IS 'The segments of the chart string by the grammar of then (fund.chart_segment); null: the institution had none';
COMMENT ON COLUMN ledger.journal_line.month IS 'Usage month: its first day; null: of several';
COMMENT ON COLUMN ledger.journal_line.reverses IS 'As the entries''';
COMMENT ON COLUMN ledger.journal_line.amount IS 'In units of the currency; positive: debit, negative: credit';

CREATE TABLE ledger.carry (
    journal_id integer NOT NULL REFERENCES ledger.journal,
    contra text NOT NULL,
    account text NOT NULL,
    fund_id integer,
    unit_id integer,
    counterparty_id integer,
    chart_string text NOT NULL,
    exact numeric(20,9) NOT NULL,
    carried numeric(20,9) NOT NULL CHECK (abs(carried) < 0.01),
    posted numeric(20,2) NOT NULL,
    UNIQUE NULLS NOT DISTINCT (journal_id, contra, account, fund_id, unit_id, counterparty_id, chart_string)
);
COMMENT ON TABLE ledger.carry IS 'How each key of a journal came to its cents: exact + carried before - posted is what is carried to the next, always less than a cent';
COMMENT ON COLUMN ledger.carry.contra IS 'The account on the other side: recovery, or clearing with the counterparty';
COMMENT ON COLUMN ledger.carry.account IS 'As the entries''';
COMMENT ON COLUMN ledger.carry.exact IS 'Sum of the entries, to nano-units of the currency';
COMMENT ON COLUMN ledger.carry.carried IS 'Carried to the next journal of the institution in this currency';
COMMENT ON COLUMN ledger.carry.posted IS 'What the journal says';

CREATE TABLE ledger.journal_answer (
    journal_id integer NOT NULL,
    line_no integer NOT NULL,
    status text NOT NULL CHECK (status IN ('accepted', 'rejected')),
    reason text,
    answered_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT session_user,
    PRIMARY KEY (journal_id, line_no),
    FOREIGN KEY (journal_id, line_no) REFERENCES ledger.journal_line,
    CHECK ((status = 'rejected') = (reason IS NOT NULL))
);
COMMENT ON TABLE ledger.journal_answer IS 'What the ledger system said of each line. Rows are only ever added';
COMMENT ON COLUMN ledger.journal_answer.reason IS 'Why it was refused; null: it was not';
COMMENT ON COLUMN ledger.journal_answer.answered_at IS 'When it was read (UTC)';
COMMENT ON COLUMN ledger.journal_answer.recorded_by IS 'The role that signed in';

SELECT ledger.keep('ledger.batch'), ledger.keep('ledger.entry'), ledger.keep('ledger.journal'),
       ledger.keep('ledger.journal_line'), ledger.keep('ledger.carry'), ledger.keep('ledger.journal_answer');
GRANT SELECT ON ledger.batch, ledger.entry, ledger.journal, ledger.journal_line, ledger.carry, ledger.journal_answer
    TO hm_finance, hm_controller;

-- What a month was closed with: nothing is added to it either.
CREATE FUNCTION ledger.refuse_closed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed record;
BEGIN
    PERFORM FROM ledger.turn FOR SHARE;
    EXECUTE format('SELECT p.institution_id, p.month
                    FROM (%s) AS a (institution_id, month)
                    JOIN ledger.period AS p USING (institution_id, month)
                    WHERE p.state = ''closed'' LIMIT 1',
                   CASE TG_ARGV[0] WHEN 'journal_id'
                                   THEN 'SELECT j.institution_id, j.period FROM ledger.journal AS j
                                         WHERE j.journal_id IN (SELECT journal_id FROM after)'
                                   ELSE format('SELECT institution_id, %I FROM after', TG_ARGV[0]) END)
    INTO closed;
    IF closed.month IS NOT NULL THEN
        PERFORM ledger.refuse(closed.institution_id, closed.month);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger.refuse_closed() IS 'Trigger: no row is added to what a closed month was closed with; its argument names the column of the month, or is journal_id';

CREATE FUNCTION ledger.sign() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], session_user, TG_ARGV[1], now()));
END
$$;
COMMENT ON FUNCTION ledger.sign() IS 'Trigger: who did it is who signed in, and when is now, whoever writes; its arguments name the columns';

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES ('waiver', 'month'), ('digest', 'month'), ('batch', 'period'), ('journal', 'period'),
                                   ('journal_line', 'journal_id'), ('carry', 'journal_id')) AS k (records, month) LOOP
        EXECUTE format('CREATE TRIGGER keep_closed AFTER INSERT ON ledger.%I REFERENCING NEW TABLE AS after
                        FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_closed(%L)', t.records, t.month);
    END LOOP;
    FOR t IN SELECT * FROM (VALUES ('waiver', 'waived_by', 'waived_at'), ('period_change', 'changed_by', 'changed_at'),
                                   ('batch', 'posted_by', 'posted_at'),
                                   ('journal_answer', 'recorded_by', 'answered_at')) AS k (records, who, since) LOOP
        EXECUTE format('CREATE TRIGGER sign BEFORE INSERT ON ledger.%I
                        FOR EACH ROW EXECUTE FUNCTION ledger.sign(%L, %L)', t.records, t.who, t.since);
    END LOOP;
END
$$;
