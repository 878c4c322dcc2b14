-- One JSON array of text for each row, in the order of its bytes, so that anybody can compute it again. Reference rows
-- stand by their ids, which never change, so that what is only called otherwise stays the same.
CREATE FUNCTION ledger.digests(of_institution integer, of_month date)
    RETURNS TABLE (kind text, day date, n_rows bigint, sha256 bytea)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
    WITH line AS MATERIALIZED (
        SELECT l.*, g.username, g.server_name, g.tag, g.kind
        FROM charge.line AS l
        JOIN charge.workload_group AS g USING (workload_group_id)
        WHERE l.provider_id = of_institution AND l.period = of_month AND l.month <= of_month
    ),
    rendering (kind, day, says) AS (
        SELECT 'usage', l.day,
               jsonb_build_array(l.line_id, l.hub_id, l.day, l.username, l.server_name, l.tag, l.kind, l.class_id,
                                 l.resource, l.month, l.used, l.reserved, l.billable, l.first_slot,
                                 l.last_slot)::text
        FROM line AS l
        UNION ALL
        SELECT 'charges', l.day,
               jsonb_build_array('line', l.line_id, l.basis, l.price_id, l.statement_id, l.rate::text, l.amount::text,
                                 l.currency, l.period)::text
        FROM line AS l
        UNION ALL
        SELECT 'charges', s.day,
               jsonb_build_array('share', s.line_id, s.sequence, s.hub_id, s.month, s.unit_id, s.person_id, s.group_id,
                                 s.rule, s.reason, s.weight_ppm, s.used, s.reserved, s.billable, s.first_slot,
                                 s.last_slot, s.amount::text, s.currency)::text
        FROM charge.share AS s
        WHERE s.institution_id = of_institution AND s.period = of_month AND s.month <= of_month
        UNION ALL
        SELECT 'charges', g.day,
               jsonb_build_array('leg', g.line_id, g.sequence, g.leg, g.hub_id, g.month, g.unit_id, g.person_id,
                                 g.fund_id, g.plan_leg_id, g.reason, g.amount::text, g.currency)::text
        FROM fund.leg AS g
        WHERE g.institution_id = of_institution AND g.period = of_month AND g.month <= of_month
        UNION ALL
        SELECT 'entries', of_month,
               jsonb_build_array('entry', e.entry_id, e.batch_id, b.kind, b.of_institution_id, b.of_period, b.posted_by,
                                 e.month, e.account, e.fund_id, e.unit_id, e.counterparty_id, e.chart_string,
                                 e.currency, e.reverses, e.amount::text)::text
        FROM ledger.entry AS e
        JOIN ledger.batch AS b USING (batch_id)
        WHERE e.institution_id = of_institution AND e.period = of_month
        UNION ALL
        SELECT 'entries', of_month,
               jsonb_build_array('journal', j.code, l.line_no, l.kind, l.account, l.fund_id, l.unit_id,
                                 l.counterparty_id, l.chart_string, l.segments, l.month, l.reverses,
                                 l.amount::text)::text
        FROM ledger.journal AS j
        JOIN ledger.journal_line AS l USING (journal_id)
        WHERE j.institution_id = of_institution AND j.period = of_month
        UNION ALL
        SELECT 'entries', of_month,
               jsonb_build_array('carry', j.code, c.contra, c.account, c.fund_id, c.unit_id, c.counterparty_id,
                                 c.chart_string, c.exact::text, c.carried::text, c.posted::text)::text
        FROM ledger.journal AS j
        JOIN ledger.carry AS c USING (journal_id)
        WHERE j.institution_id = of_institution AND j.period = of_month
        UNION ALL
        SELECT 'entries', of_month,
               jsonb_build_array('waiver', w.waiver_id, w.item, w.subject, w.detail, w.reason, w.waived_by)::text
        FROM ledger.waiver AS w
        WHERE w.institution_id = of_institution AND w.month = of_month
    )
    SELECT r.kind, r.day, count(*),
           sha256(convert_to(string_agg(r.says, E'\n' ORDER BY r.says COLLATE "C"), 'UTF8'))
    FROM rendering AS r
    GROUP BY r.kind, r.day
$$;
COMMENT ON FUNCTION ledger.digests(integer, date) IS 'Digests of what a month of an institution holds now: of usage and charges by UTC day, of what was posted as a whole (ledger.digest)';

GRANT EXECUTE ON FUNCTION ledger.digests(integer, date) TO hm_owner; -- a part of ledger.close() and ledger.verify()
