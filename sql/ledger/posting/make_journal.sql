-- Cents by largest remainder: the keys that stand against one account (contra) add up to their exact sum in cents, and
-- what each is rounded by is carried to the next journal, so that no key is ever off by a cent. The other side is the
-- plain sum. Within a key, months share its cents in the same way.
CREATE FUNCTION ledger.make_journal(of_institution integer, of_month date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    i org.institution;
    k ledger.policy;
    of_currency text;
    n integer := 0;
    journal integer;
BEGIN
    SELECT * INTO i FROM org.institution WHERE institution_id = of_institution;
    SELECT * INTO k FROM ledger.policy WHERE institution_id = of_institution;
    FOR of_currency IN
        SELECT DISTINCT e.currency FROM ledger.entry AS e
        WHERE e.institution_id = of_institution AND e.period = of_month ORDER BY 1
    LOOP
        n := n + 1;
        INSERT INTO ledger.journal (institution_id, period, currency, fiscal_year, fiscal_period, software_rev, code)
        VALUES (of_institution, of_month, of_currency, org.fiscal_year(of_month, i.fiscal_year_start),
                mod(extract(month FROM of_month)::integer - i.fiscal_year_start + 12, 12) + 1,
                (SELECT 'schema ' || max(version) FROM audit.migration),
                left(upper(regexp_replace(i.code, '[^A-Za-z0-9]', '', 'g')), 4) || to_char(of_month, 'YYYYMM')
                || to_char(n, 'FM0000'))
        RETURNING journal_id INTO journal;

        DROP TABLE IF EXISTS pg_temp.posting, pg_temp.key_cents;
        CREATE TEMPORARY TABLE posting ON COMMIT DROP AS
        SELECT CASE WHEN b.kind = 'rejection' THEN 'suspense'
                    WHEN e.account = 'due from' OR e.counterparty_id IS NULL THEN 'recovery'
                    ELSE 'clearing ' || c.code END AS contra,
               b.kind = 'rejection' AS is_reversal, e.account, e.fund_id, e.unit_id, e.counterparty_id, e.chart_string,
               e.month, e.reverses, sum(e.amount) AS amount
        FROM ledger.entry AS e
        JOIN ledger.batch AS b USING (batch_id)
        LEFT JOIN org.institution AS c ON c.institution_id = e.counterparty_id
        WHERE e.institution_id = of_institution AND e.period = of_month AND e.currency = of_currency
          AND b.kind <> 'due'
          AND CASE b.kind WHEN 'rejection' THEN e.account <> 'suspense'
                          ELSE e.account NOT IN ('recovery', 'clearing') END
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

        CREATE TEMPORARY TABLE key_cents ON COMMIT DROP AS
        WITH carried AS (
            SELECT DISTINCT ON (c.contra, c.account, c.fund_id, c.unit_id, c.counterparty_id, c.chart_string) c.*
            FROM ledger.carry AS c
            JOIN ledger.journal AS j USING (journal_id)
            WHERE j.institution_id = of_institution AND j.currency = of_currency
            ORDER BY c.contra, c.account, c.fund_id, c.unit_id, c.counterparty_id, c.chart_string, j.period DESC
        ),
        exact AS (
            SELECT contra, account, fund_id, unit_id, counterparty_id, chart_string, sum(exact) AS exact,
                   sum(exact) + sum(carried) AS due
            FROM (SELECT contra, account, fund_id, unit_id, counterparty_id, chart_string, amount AS exact, 0 AS carried
                  FROM posting
                  UNION ALL
                  SELECT contra, account, fund_id, unit_id, counterparty_id, chart_string, 0, carried FROM carried) AS e
            GROUP BY contra, account, fund_id, unit_id, counterparty_id, chart_string
        )
        SELECT row_number() OVER (ORDER BY e.contra COLLATE "C", e.chart_string COLLATE "C", u.code COLLATE "C",
                                           e.account, e.counterparty_id) AS key_no, e.*
        FROM exact AS e LEFT JOIN org.unit AS u USING (unit_id);
        ALTER TABLE key_cents ADD cents numeric;
        UPDATE key_cents AS t SET cents = s.cents
        FROM (SELECT key_no,
                     floor(due * 100) + (row_number() OVER (PARTITION BY contra
                                                            ORDER BY due * 100 - floor(due * 100) DESC, key_no)
                                         <= ledger.half_even(sum(due) OVER (PARTITION BY contra)) * 100
                                            - sum(floor(due * 100)) OVER (PARTITION BY contra))::integer AS cents
              FROM key_cents) AS s
        WHERE s.key_no = t.key_no;

        INSERT INTO ledger.carry (journal_id, contra, account, fund_id, unit_id, counterparty_id, chart_string, exact,
                                  carried, posted)
        SELECT journal, contra, account, fund_id, unit_id, counterparty_id, chart_string, exact, due - cents * 0.01,
               cents * 0.01
        FROM key_cents;

        INSERT INTO ledger.journal_line (journal_id, line_no, kind, account, fund_id, unit_id, counterparty_id,
                                         chart_string, segments, month, reverses, amount)
        WITH month AS (
            -- What was carried counts for the last month.
            SELECT c.key_no, c.cents, c.contra, c.account, c.fund_id, c.unit_id, c.counterparty_id, c.chart_string,
                   p.is_reversal, p.reverses, coalesce(p.month, of_month) AS month,
                   coalesce(p.amount, 0) * 100
                   + CASE WHEN row_number() OVER (PARTITION BY c.key_no ORDER BY p.month DESC, p.reverses) = 1
                          THEN c.cents - coalesce(sum(p.amount) OVER (PARTITION BY c.key_no), 0) * 100
                          ELSE 0 END AS due
            FROM key_cents AS c
            LEFT JOIN posting AS p
                   ON (p.contra, p.account, p.chart_string, coalesce(p.fund_id, 0), coalesce(p.unit_id, 0),
                       coalesce(p.counterparty_id, 0))
                    = (c.contra, c.account, c.chart_string, coalesce(c.fund_id, 0), coalesce(c.unit_id, 0),
                       coalesce(c.counterparty_id, 0))
        ),
        line AS (
            SELECT m.*,
                   floor(m.due) + (row_number() OVER (PARTITION BY m.key_no ORDER BY m.due - floor(m.due) DESC, m.month,
                                                          m.reverses)
                                   <= m.cents - sum(floor(m.due)) OVER (PARTITION BY m.key_no))::integer AS line_cents
            FROM month AS m
        ),
        said AS (
            SELECT 1 AS side, l.key_no,
                   CASE WHEN l.is_reversal THEN 'reversal' WHEN l.account = 'due from' THEN 'due'
                        WHEN l.month < of_month THEN 'adjustment' ELSE 'charge' END AS kind,
                   l.account, l.fund_id, l.unit_id, l.counterparty_id, l.chart_string, l.month,
                   l.reverses, l.line_cents AS cents
            FROM line AS l
            UNION ALL
            SELECT 2, min(c.key_no), CASE WHEN c.contra = 'recovery' THEN 'recovery'
                                          WHEN c.contra = 'suspense' THEN 'reversal' ELSE 'due' END,
                   CASE WHEN c.contra IN ('recovery', 'suspense') THEN c.contra ELSE 'due to' END, NULL, NULL,
                   CASE WHEN c.contra ^@ 'clearing ' THEN min(c.counterparty_id) END,
                   CASE c.contra WHEN 'recovery' THEN k.recovery WHEN 'suspense' THEN k.suspense ELSE k.due_to END,
                   NULL, NULL, -sum(c.cents)
            FROM key_cents AS c
            GROUP BY c.contra
        )
        SELECT journal, row_number() OVER (ORDER BY side, key_no, month, reverses), kind, account, fund_id, unit_id,
               counterparty_id, chart_string, c.segments, month, reverses, cents * 0.01
        FROM said
        JOIN (SELECT t.chart_string, (SELECT jsonb_object_agg(g.segment, g.value)
                                      FROM fund.chart_parse(of_institution, t.chart_string) AS g) AS segments
              FROM (SELECT DISTINCT chart_string FROM said) AS t) AS c USING (chart_string)
        WHERE cents <> 0;
    END LOOP;
END
$$;
COMMENT ON FUNCTION ledger.make_journal(integer, date) IS 'Make the journals of a month of an institution, one for each currency, of what was posted in it';

GRANT EXECUTE ON FUNCTION ledger.make_journal(integer, date) TO hm_owner; -- a part of ledger.close()
