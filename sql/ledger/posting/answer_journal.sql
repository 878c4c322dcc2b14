-- A line that was refused is taken back in the month that is open, against suspense. What is due from others and to
-- them stays due: only its chart string is that of suspense from then on.
CREATE FUNCTION ledger.answer_journal(of_institution text, of_journal text, answers jsonb)
    RETURNS TABLE (accepted bigint, rejected bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    j record;
    fault record;
    batch bigint;
BEGIN
    -- The month that is open now is still open when we have posted into it.
    LOCK TABLE charge.rating_turn IN SHARE ROW EXCLUSIVE MODE;
    PERFORM FROM ledger.turn FOR SHARE;
    SELECT o.*, i.code AS institution, k.suspense,
           (ledger.frozen_until(o.institution_id) + interval '1 month')::date AS open_period
    INTO j
    FROM ledger.journal AS o
    JOIN org.institution AS i USING (institution_id)
    LEFT JOIN ledger.policy AS k USING (institution_id)
    WHERE i.code = of_institution AND o.code = of_journal;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no journal "%" of %', of_journal, of_institution USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM FROM ledger.period AS p WHERE p.institution_id = j.institution_id AND p.month = j.period FOR UPDATE;

    DROP TABLE IF EXISTS pg_temp.answer;
    CREATE TEMPORARY TABLE answer ON COMMIT DROP AS
    WITH said AS (
        SELECT a.key::integer AS line_no, nullif(a.value, '') AS reason,
               CASE WHEN a.value = '' THEN 'accepted' ELSE 'rejected' END AS status
        FROM jsonb_each_text(answers) AS a
    )
    SELECT l.line_no AS known, coalesce(s.line_no, l.line_no) AS line_no, coalesce(s.status, e.status) AS status,
           CASE WHEN s.line_no IS NOT NULL THEN s.reason ELSE e.reason END AS reason,
           l.account, l.fund_id, l.unit_id, l.counterparty_id, l.chart_string, l.month, l.amount,
           o.status AS status_before
    FROM (SELECT * FROM ledger.journal_line WHERE journal_id = j.journal_id) AS l
    FULL JOIN (SELECT * FROM said WHERE line_no > 0) AS s USING (line_no)
    LEFT JOIN said AS e ON e.line_no = 0 -- all others
    LEFT JOIN ledger.journal_answer AS o ON o.journal_id = j.journal_id AND o.line_no = l.line_no
    WHERE coalesce(s.status, e.status) IS NOT NULL;

    SELECT * INTO fault FROM answer WHERE known IS NULL ORDER BY line_no LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal % has no line %', of_journal, fault.line_no USING ERRCODE = 'no_data_found';
    END IF;
    SELECT * INTO fault FROM answer WHERE status_before IS NOT NULL ORDER BY line_no LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'line % of journal % was % already', fault.line_no, of_journal, fault.status_before
              USING ERRCODE = 'unique_violation', HINT = 'An answer is read once. Nothing was changed.';
    END IF;
    SELECT * INTO fault FROM answer
    WHERE status = 'rejected' AND (account = 'suspense' OR chart_string = j.suspense) ORDER BY line_no LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'line % of journal % is suspense: there is nowhere else to put it', fault.line_no, of_journal
              USING ERRCODE = 'restrict_violation', HINT = 'Correct its chart string (hubmeter import closing).';
    END IF;
    IF j.suspense IS NULL AND EXISTS (SELECT FROM answer WHERE status = 'rejected') THEN
        RAISE EXCEPTION '% has no chart string for suspense', of_institution
              USING ERRCODE = 'restrict_violation', HINT = 'hubmeter import closing gives it one.';
    END IF;

    INSERT INTO ledger.journal_answer (journal_id, line_no, status, reason)
    SELECT j.journal_id, a.line_no, a.status, a.reason FROM answer AS a;
    IF EXISTS (SELECT FROM answer WHERE status = 'rejected') THEN
        INSERT INTO ledger.batch (institution_id, period, kind, of_institution_id, of_period)
        VALUES (j.institution_id, j.open_period, 'rejection', j.institution_id, j.period)
        RETURNING batch_id INTO batch;
        INSERT INTO ledger.entry (batch_id, institution_id, period, month, account, fund_id, unit_id, counterparty_id,
                                  chart_string, currency, reverses, amount)
        SELECT batch, j.institution_id, j.open_period, coalesce(a.month, j.period), e.account, e.fund_id, e.unit_id,
               e.counterparty_id, e.chart_string, j.currency, format('%s:%s', j.code, a.line_no), e.amount
        FROM answer AS a
        CROSS JOIN LATERAL (
            VALUES (a.account, a.fund_id, a.unit_id, a.counterparty_id, a.chart_string, -a.amount),
                   (CASE WHEN a.account IN ('due from', 'due to') THEN a.account ELSE 'suspense' END, NULL, a.unit_id,
                    CASE WHEN a.account IN ('due from', 'due to') THEN a.counterparty_id END, j.suspense, a.amount)
        ) AS e (account, fund_id, unit_id, counterparty_id, chart_string, amount)
        WHERE a.status = 'rejected'
        ORDER BY a.line_no, e.account;
    END IF;
    RETURN QUERY
    SELECT count(*) FILTER (WHERE a.status = 'accepted'), count(*) FILTER (WHERE a.status = 'rejected')
    FROM answer AS a;
END
$$;
COMMENT ON FUNCTION ledger.answer_journal(text, text, jsonb) IS 'Record what the ledger system said of the lines of a journal: an object of line numbers with why each was refused, empty for one that was accepted; line 0 stands for all that are not named. Refused lines are taken back in the month that is open, against suspense. All or nothing; returns how many of each';

GRANT EXECUTE ON FUNCTION ledger.answer_journal(text, text, jsonb) TO hm_controller;
