CREATE FUNCTION fund.open_lien(of_request fund.lien, payers fund.payer[], parts fund.payer_part[]) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        WITH opened AS (
            INSERT INTO fund.lien (institution_id, hub_id, username, server_name, tag, class_id, cpu_milli, memory_mib,
                                   gpu_milli, max_seconds, opened_at, expires_at)
            SELECT payers[1].institution_id, r.hub_id, r.username, r.server_name, r.tag, r.class_id, r.cpu_milli,
                   r.memory_mib, r.gpu_milli, r.max_seconds, r.opened_at,
                   r.opened_at + r.max_seconds * interval '1 second' + interval '2 hours'
            FROM (SELECT (of_request).*) AS r
            RETURNING lien_id
        ),
        leg AS (
            INSERT INTO fund.lien_leg (lien_id, leg, institution_id, unit_id, person_id, fund_id, plan_leg_id, amount)
            SELECT o.lien_id, row_number() OVER (ORDER BY min(s.leg_no)), p.institution_id, p.unit_id, p.person_id,
                   l.fund_id, s.plan_leg_id, sum(s.amount)
            FROM opened AS o
            CROSS JOIN unnest(parts) AS s
            JOIN unnest(payers) AS p USING (payer)
            JOIN fund.plan_leg AS l ON l.plan_leg_id = s.plan_leg_id
            WHERE s.amount > 0
            GROUP BY o.lien_id, p.institution_id, p.unit_id, p.person_id, l.fund_id, s.plan_leg_id
        )
        SELECT o.lien_id FROM opened AS o;
    END;
COMMENT ON FUNCTION fund.open_lien(fund.lien, fund.payer[], fund.payer_part[]) IS 'Hold what these would pay in these parts for a server until two hours after its longest time; the number of the lien';

GRANT EXECUTE ON FUNCTION fund.open_lien TO hm_owner; -- a part of fund.can_spawn()
