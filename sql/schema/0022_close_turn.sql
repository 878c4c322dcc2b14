-- Months that close hold also against whoever writes at the same time, and records say who signed in.
SET LOCAL ROLE hm_owner;

CREATE TABLE ledger.turn (turns bigint NOT NULL);
COMMENT ON TABLE ledger.turn IS 'One row. Whoever writes charges or entries holds it until they have committed; whoever begins or finishes to close a month waits for them and changes it, so that nobody goes by what was so before, at whatever isolation level';
COMMENT ON COLUMN ledger.turn.turns IS 'How often a period changed';
INSERT INTO ledger.turn VALUES (0);

CREATE OR REPLACE FUNCTION ledger.refuse_frozen() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen text;
    institution integer;
    of_period date;
BEGIN
    PERFORM FROM ledger.turn FOR SHARE;
    IF NOT EXISTS (SELECT FROM ledger.period WHERE state <> 'open') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'there are months that are closed: % stays as it is', TG_RELID::regclass
              USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH seen IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY['after'] WHEN 'DELETE' THEN ARRAY['before']
                                     ELSE ARRAY['before', 'after'] END LOOP
        EXECUTE format('SELECT r.institution_id, r.period
                        FROM (SELECT DISTINCT %I AS institution_id, period FROM %I) AS r
                        WHERE r.period <= ledger.frozen_until(r.institution_id) LIMIT 1', TG_ARGV[0], seen)
        INTO institution, of_period;
        IF of_period IS NOT NULL THEN
            PERFORM ledger.refuse(institution, of_period);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION ledger.note_entries() RETURNS trigger
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

-- The sums of legs, which say what is left of funds and caps.
SELECT ledger.guard('fund.day_total', 'institution_id');

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
