-- The own books say which money paid, against recovery for own hubs and against clearing for those of others; and what
-- others owe for own hubs. Their books say at once that they owe it, against clearing, in the month that is open there:
-- so what is due from all and what is due to all are the same at any time, whoever closes first.
CREATE FUNCTION ledger.post_close(of_institution integer, of_month date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    k ledger.policy;
    debtor record;
    batch bigint;
BEGIN
    SELECT * INTO k FROM ledger.policy WHERE institution_id = of_institution;
    DROP TABLE IF EXISTS pg_temp.paid, pg_temp.owed;
    CREATE TEMPORARY TABLE paid ON COMMIT DROP AS
    SELECT nullif(l.provider_id, of_institution) AS provider_id, g.month, g.fund_id, g.unit_id, g.currency,
           sum(g.amount) AS amount
    FROM fund.leg AS g
    JOIN charge.share AS s
      ON (s.hub_id, s.day, s.line_id, s.sequence, s.month) = (g.hub_id, g.day, g.line_id, g.sequence, g.month)
    JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
    WHERE g.institution_id = of_institution AND g.period = of_month AND g.month <= of_month
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(g.amount) <> 0;
    CREATE TEMPORARY TABLE owed ON COMMIT DROP AS
    SELECT s.institution_id AS debtor_id, l.month, l.currency, sum(s.amount) AS amount
    FROM charge.line AS l
    JOIN charge.share AS s
      ON s.hub_id = l.hub_id AND s.day = l.day AND s.line_id = l.line_id AND s.line_month = l.month
    WHERE l.provider_id = of_institution AND l.period = of_month AND l.month <= of_month
      AND s.institution_id <> of_institution
    GROUP BY 1, 2, 3
    HAVING sum(s.amount) <> 0;

    INSERT INTO ledger.batch (institution_id, period, kind, of_institution_id, of_period)
    VALUES (of_institution, of_month, 'close', of_institution, of_month)
    RETURNING batch_id INTO batch;
    INSERT INTO ledger.entry (batch_id, institution_id, period, month, account, fund_id, unit_id, counterparty_id,
                              chart_string, currency, amount)
    SELECT batch, of_institution, of_month, e.month, e.account, e.fund_id, e.unit_id, e.counterparty_id, e.chart_string,
           e.currency, sum(e.amount)
    FROM (SELECT p.month, CASE WHEN p.fund_id IS NULL THEN 'suspense' ELSE 'fund' END AS account, p.fund_id, p.unit_id,
                 p.provider_id AS counterparty_id, coalesce(f.chart_string, k.suspense) AS chart_string, p.currency,
                 p.amount
          FROM paid AS p LEFT JOIN fund.fund AS f USING (fund_id)
          UNION ALL
          SELECT p.month, CASE WHEN p.provider_id IS NULL THEN 'recovery' ELSE 'clearing' END, NULL, NULL,
                 p.provider_id,
                 CASE WHEN p.provider_id IS NULL THEN k.recovery ELSE k.due_to END, p.currency, -p.amount
          FROM paid AS p
          UNION ALL
          SELECT o.month, 'due from', NULL, NULL, o.debtor_id, k.due_from, o.currency, o.amount FROM owed AS o
          UNION ALL
          SELECT o.month, 'recovery', NULL, NULL, NULL, k.recovery, o.currency, -o.amount FROM owed AS o) AS e
    GROUP BY e.month, e.account, e.fund_id, e.unit_id, e.counterparty_id, e.chart_string, e.currency
    HAVING sum(e.amount) <> 0
    ORDER BY e.month, e.account, e.fund_id, e.unit_id, e.counterparty_id, e.currency;

    FOR debtor IN
        SELECT DISTINCT o.debtor_id, coalesce(q.due_to, '(no account)') AS due_to,
               greatest(of_month, (ledger.frozen_until(o.debtor_id) + interval '1 month')::date) AS period
        FROM owed AS o LEFT JOIN ledger.policy AS q ON q.institution_id = o.debtor_id
        ORDER BY o.debtor_id
    LOOP
        INSERT INTO ledger.batch (institution_id, period, kind, of_institution_id, of_period)
        VALUES (debtor.debtor_id, debtor.period, 'due', of_institution, of_month)
        RETURNING batch_id INTO batch;
        INSERT INTO ledger.entry (batch_id, institution_id, period, month, account, counterparty_id, chart_string,
                                  currency, amount)
        SELECT batch, debtor.debtor_id, debtor.period, o.month, a.account, of_institution, debtor.due_to, o.currency,
               a.sign * o.amount
        FROM owed AS o
        CROSS JOIN (VALUES ('clearing', 1), ('due to', -1)) AS a (account, sign)
        WHERE o.debtor_id = debtor.debtor_id
        ORDER BY o.month, o.currency, a.account;
    END LOOP;
END
$$;
COMMENT ON FUNCTION ledger.post_close(integer, date) IS 'Post what a month of an institution came to, and what others owe for it, on their books';

GRANT EXECUTE ON FUNCTION ledger.post_close(integer, date) TO hm_owner; -- a part of ledger.close()
