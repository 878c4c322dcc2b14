CREATE FUNCTION ledger.review(of_institution text, of_month text, of_unit text)
    RETURNS TABLE (unit text, fund text, plan text, month date, line_id bigint, day date, username text, resource text,
                   amount numeric, currency text, question text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(u.code, '(suspense)'), coalesce(f.code, '(' || g.reason || ')'), p.code, g.month, g.line_id, g.day,
           w.username, s.resource, sum(g.amount), g.currency,
           (SELECT string_agg(format('%s: %s', q.question_id, q.question), '; ' ORDER BY q.question_id)
            FROM ledger.question AS q WHERE q.line_id = g.line_id AND q.answer IS NULL)
    FROM ledger.month_of(of_institution, of_month) AS m
    JOIN fund.leg AS g ON g.institution_id = m.institution_id AND g.period = m.month AND g.month <= m.month
    JOIN charge.share AS s
      ON (s.hub_id, s.day, s.line_id, s.sequence, s.month) = (g.hub_id, g.day, g.line_id, g.sequence, g.month)
    JOIN charge.workload_group AS w USING (workload_group_id)
    LEFT JOIN org.unit AS u ON u.unit_id = g.unit_id
    LEFT JOIN fund.fund AS f ON f.fund_id = g.fund_id
    LEFT JOIN fund.plan_leg AS k USING (plan_leg_id)
    LEFT JOIN fund.plan_version AS v USING (plan_version_id)
    LEFT JOIN fund.plan AS p USING (plan_id)
    WHERE (of_unit = '' OR u.code = of_unit)
      AND (org.sees_institution(m.institution_id)
           OR g.unit_id IN (SELECT k.unit_id FROM org.unit AS k
                            WHERE k.institution_id = m.institution_id AND ledger.looks_after(k.unit_id)))
    GROUP BY u.code, f.code, g.reason, p.code, g.month, g.line_id, g.day, w.username, s.resource, g.currency
$$;
COMMENT ON FUNCTION ledger.review(text, text, text) IS 'What a month of an institution is about to post, by charge line and fund, of one department or (empty) all: a steward sees the own departments. Amounts to nano-units; question: those that wait for an answer, with their numbers';

GRANT EXECUTE ON FUNCTION ledger.review(text, text, text) TO hm_finance, hm_controller, hm_steward;
