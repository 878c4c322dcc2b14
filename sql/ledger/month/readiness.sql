-- With the rights of the owner: whoever closes a month sees what stands in the way, not all that it is read from.
--
-- So much is read that to plan it takes longer than to run it, and a close asks several times: planned once a session.
CREATE FUNCTION ledger.readiness(of_institution integer, of_month date)
    RETURNS TABLE (item text, subject text, detail text, command text, is_waivable boolean, waiver_id integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH here AS (
        SELECT i.*, k.recovery, k.due_from, k.due_to, k.suspense AS suspense_chart, p.state, p.review_until,
               (of_month::timestamp AT TIME ZONE i.time_zone) AS starts,
               ((of_month + interval '1 month') AT TIME ZONE i.time_zone) AS ends,
               (of_month + interval '1 month' - interval '1 day')::date AS last_day,
               (((of_month + interval '1 month') AT TIME ZONE i.time_zone - usage.slot_length())
                AT TIME ZONE 'UTC')::date AS last_utc_day
        FROM org.institution AS i
        LEFT JOIN ledger.policy AS k USING (institution_id)
        LEFT JOIN ledger.period AS p ON p.institution_id = i.institution_id AND p.month = of_month
        WHERE i.institution_id = of_institution
    ),
    hub AS (
        SELECT DISTINCT b.hub_id, b.name
        FROM here AS h
        JOIN org.hub_owner AS o ON o.institution_id = h.institution_id AND o.valid && tstzrange(h.starts, h.ends)
        JOIN usage.hub AS b ON b.name = o.hub
    ),
    share AS MATERIALIZED (
        SELECT s.hub_id, s.workload_group_id, s.institution_id, s.rule, s.reason, s.amount, s.currency, l.provider_id
        FROM charge.share AS s
        JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
        WHERE s.period = of_month AND s.institution_id = of_institution
           OR l.period = of_month AND l.provider_id = of_institution
    ),
    leg AS MATERIALIZED (
        SELECT g.fund_id, g.reason, g.unit_id, g.amount, g.currency, g.month
        FROM fund.leg AS g WHERE g.institution_id = of_institution AND g.period = of_month
    ),
    found (item, subject, detail, command, is_waivable) AS (
        SELECT 'not rated', p.hub || ' ' || p.day, coalesce(p.failure, 'waits'), 'hubmeter rate', false
        FROM here AS h JOIN report.pending_rating AS p ON p.institution = h.code AND p.month <= of_month
        UNION ALL
        SELECT 'not rated', 'charges', count(*) || ' hub-days of others wait', 'hubmeter rate', false
        FROM (SELECT DISTINCT d.hub_id, d.day
              FROM here AS h
              JOIN ingest.dirty_day AS d ON d.day <= h.last_utc_day
              JOIN usage.hub AS b USING (hub_id)
              WHERE (EXISTS (SELECT FROM charge.share AS s WHERE s.hub_id = d.hub_id AND s.day = d.day
                             AND s.institution_id = of_institution AND s.period <= of_month)
                     OR EXISTS (SELECT FROM charge.line AS l WHERE l.hub_id = d.hub_id AND l.day = d.day
                                AND l.provider_id = of_institution AND l.period <= of_month))
                AND NOT EXISTS (SELECT FROM report.pending_rating AS p
                                WHERE (p.institution, p.hub, p.day) = (h.code, b.name, d.day)
                                  AND p.month <= of_month)) AS d
        HAVING count(*) > 0
        UNION ALL
        SELECT 'not rated', 'fee ' || f.code, 'waits', 'hubmeter rate', false
        FROM here AS h
        JOIN price.fee AS f USING (institution_id)
        LEFT JOIN price.fee_month AS o ON o.fee_id = f.fee_id AND o.month = of_month
        WHERE of_month >= f.first_month AND of_month <= coalesce(f.last_month, of_month)
          AND charge.fee_waits(f.fee_id, of_month, o.computed_at)
        UNION ALL
        SELECT 'not funded', 'charges', 'since ' || min(d.day), 'hubmeter rate', false
        FROM here AS h
        JOIN (SELECT institution_id, day FROM fund.dirty_day
              UNION ALL
              SELECT institution_id, day FROM fund.dirty_since) AS d USING (institution_id)
        WHERE d.day <= h.last_utc_day
        HAVING count(*) > 0
        UNION ALL
        SELECT 'bill not distributed', b.issuer || ' ' || b.account, b.state, 'hubmeter rate', false
        FROM here AS h
        JOIN report.bill_reconciliation AS b ON b.institution = h.code AND b.month = to_char(of_month, 'YYYY-MM')
        WHERE b.state <> 'distributed'
        UNION ALL
        SELECT 'coverage', c.hub || ' ' || c.node,
               format('observed %s of %s s', trunc(c.observed), trunc(c.expected)), 'hubmeter report nodes', true
        FROM report.coverage AS c
        WHERE c.institution = (SELECT h.code FROM here AS h) AND c.month = of_month AND c.observed < c.expected
        UNION ALL
        SELECT 'gap', g.topic || ' ' || encode(g.stream, 'hex'),
               format('batches %s to %s of it have not arrived', g.first_sequence, g.last_sequence), 'hubmeter doctor',
               true
        FROM here AS h
        JOIN ingest.gap AS g ON g.seen_at >= h.starts AND g.seen_at < h.ends + interval '7 days'
        JOIN hub AS b ON g.topic = format('usage.%s.v1', b.name)
        UNION ALL
        SELECT 'quarantine', q.topic, count(*) || ' records were refused: ' || min(q.reason),
               'hubmeter ingest quarantine list', true
        FROM here AS h
        JOIN ingest.quarantine AS q ON q.received_at >= h.starts AND q.received_at < h.ends + interval '7 days'
                                    AND q.state = 'open'
        JOIN hub AS b ON q.topic = format('usage.%s.v1', b.name)
        GROUP BY q.topic
        UNION ALL
        SELECT 'suspense', b.name || ' ' || g.username,
               format('%s: %s %s', s.reason, trim_scale(sum(s.amount)), s.currency), 'hubmeter suspense list', true
        FROM share AS s
        JOIN usage.hub AS b USING (hub_id)
        JOIN charge.workload_group AS g USING (workload_group_id)
        WHERE s.rule = 'suspense' AND s.institution_id = of_institution
        GROUP BY b.name, g.username, s.reason, s.currency
        HAVING sum(s.amount) <> 0
        UNION ALL
        SELECT 'no fund', coalesce(u.code, '(suspense)'),
               format('%s: %s %s', g.reason, trim_scale(sum(g.amount)), g.currency), 'hubmeter plan check', true
        FROM leg AS g LEFT JOIN org.unit AS u USING (unit_id)
        WHERE g.fund_id IS NULL AND g.reason <> 'in suspense'
        GROUP BY u.code, g.reason, g.currency
        HAVING sum(g.amount) <> 0
        UNION ALL
        SELECT 'no price', p.hub || ' ' || p.resource,
               format('%s %s used since %s', trim_scale(sum(p.billable)), p.unit,
               to_char(min(p.first_slot) AT TIME ZONE h.time_zone, 'YYYY-MM-DD')), 'hubmeter import prices', true
        FROM here AS h JOIN report.unpriced_usage AS p ON p.institution = h.code AND p.month = of_month
        GROUP BY p.hub, p.resource, p.unit, h.time_zone
        UNION ALL
        SELECT 'unmatched bill lines', m.issuer || ' ' || m.service,
               format('%s lines: %s %s', sum(m.lines), trim_scale(sum(m.amount)), m.currency),
               'hubmeter bill unmatched', true
        FROM here AS h
        JOIN report.bill_unmatched() AS m ON m.institution = h.code AND m.month = to_char(of_month, 'YYYY-MM')
        GROUP BY m.issuer, m.service, m.currency
        UNION ALL
        SELECT DISTINCT 'plan not approved', v.plan,
               'from ' || to_char(v.valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"Z"'),
               'hubmeter plan approve', true
        FROM here AS h
        JOIN report.plan_version AS v ON v.institution = h.code AND v.status = 'waiting' AND v.valid_from < h.ends
        UNION ALL
        SELECT 'chart string', c.fund, c.reason, 'hubmeter import funds', false
        FROM here AS h
        JOIN report.invalid_chart_string AS c ON c.institution = h.code
        WHERE c.fund IN (SELECT f.code FROM leg AS g JOIN fund.fund AS f USING (fund_id))
        UNION ALL
        SELECT 'account', a.role, 'has no chart string', 'hubmeter import closing', false
        FROM here AS h
        CROSS JOIN LATERAL (
            VALUES ('recovery', h.recovery, true),
                   ('due_from', h.due_from, EXISTS (SELECT FROM share AS s WHERE s.institution_id <> of_institution)),
                   ('due_to', h.due_to, EXISTS (SELECT FROM share AS s WHERE s.provider_id <> of_institution)),
                   ('suspense', h.suspense_chart, EXISTS (SELECT FROM leg AS g WHERE g.fund_id IS NULL))
        ) AS a (role, chart_string, is_needed)
        WHERE a.chart_string IS NULL AND a.is_needed
        UNION ALL
        SELECT 'late cost transfer', f.code,
               format('usage of %s, more than 90 days ago: %s %s', to_char(g.month, 'YYYY-MM'),
                      trim_scale(sum(g.amount)), g.currency), 'hubmeter report funds', true
        FROM here AS h, leg AS g
        JOIN fund.fund AS f USING (fund_id)
        WHERE f.kind IN ('federal', 'sponsored') AND g.month + interval '1 month 90 days' <= h.last_day
        GROUP BY f.code, g.month, g.currency
        HAVING sum(g.amount) > 0
        UNION ALL
        SELECT 'lien', l.hub || ' ' || l.username,
               format('%s held since %s for a server that may still run', trim_scale(sum(l.outstanding)),
                      to_char(min(l.opened_at) AT TIME ZONE h.time_zone, 'YYYY-MM-DD')), 'hubmeter lien release', true
        FROM here AS h JOIN report.lien AS l ON l.institution = h.code AND l.opened_at < h.ends
        GROUP BY l.hub, l.username, h.time_zone
        UNION ALL
        SELECT 'question', q.line_id::text, format('%s: %s asks: %s', q.question_id, q.asked_by, q.question),
               'hubmeter close answer', true
        FROM ledger.question AS q
        WHERE q.institution_id = of_institution AND q.period = of_month AND q.answer IS NULL
        UNION ALL
        SELECT 'review', 'until ' || h.review_until, 'is not over', 'hubmeter close review', true
        FROM here AS h
        WHERE h.state = 'soft' AND h.review_until >= (now() AT TIME ZONE h.time_zone)::date
    )
    SELECT f.item, f.subject, f.detail, f.command, f.is_waivable,
           (SELECT max(w.waiver_id) FROM ledger.waiver AS w
            WHERE (w.institution_id, w.month, w.item, w.subject, w.detail)
                = (of_institution, of_month, f.item, f.subject, f.detail) AND f.is_waivable)
    FROM found AS f
    ORDER BY f.is_waivable, f.item, f.subject, f.detail;
END
$$;
COMMENT ON FUNCTION ledger.readiness(integer, date) IS 'What stands in the way of closing a month of an institution: what, of which hub, source, plan or fund, how it stands, the command that settles it, may it be waived, and was it (ledger.waiver)? No row: nothing';

GRANT EXECUTE ON FUNCTION ledger.readiness(integer, date) TO hm_finance, hm_controller;
