-- A leg that denies refuses whoever pays the rest; what nobody pays is as the institution says.
CREATE FUNCTION fund.answer_request(payers fund.payer[], parts fund.payer_part[], class text, at timestamptz)
    RETURNS TABLE (allowed boolean, held numeric, remaining numeric, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH refused AS (
            SELECT min(s.free) AS free,
                   string_agg(fund.refusal(s.plan_leg_id, answer_request.class, answer_request.at, p.month, s.free,
                                           s.needed, s.what), '; ' ORDER BY s.leg_no) AS reason
            FROM unnest(parts) AS s
            JOIN unnest(payers) AS p USING (payer)
            WHERE s.is_refused
        ),
        unfunded AS (
            SELECT bool_or(i.unfunded_servers = 'refuse') AS is_refused,
                   string_agg(DISTINCT coalesce(p.reason, 'no leg of plan ' || n.code || ' may pay '
                                                          || trim_scale(s.amount) || ' ' || i.currency), '; ') AS reason
            FROM unnest(payers) AS p
            JOIN org.institution AS i USING (institution_id)
            LEFT JOIN fund.plan AS n USING (plan_id)
            LEFT JOIN unnest(parts) AS s ON s.payer = p.payer AND s.plan_leg_id IS NULL
            WHERE p.plan_version_id IS NULL OR s.payer IS NOT NULL
        ),
        funded AS (
            SELECT coalesce(sum(s.amount), 0) AS amount, min(s.remaining) AS remaining
            FROM unnest(parts) AS s
            WHERE s.plan_leg_id IS NOT NULL
        )
        SELECT k.allowed, CASE WHEN k.allowed THEN f.amount ELSE 0 END,
               CASE WHEN r.reason IS NOT NULL THEN r.free WHEN f.remaining < 0 THEN 0 ELSE f.remaining END,
               coalesce(r.reason, u.reason, CASE WHEN f.amount > 0 THEN 'funded' ELSE 'costs nothing' END)
        FROM refused AS r
        CROSS JOIN unfunded AS u
        CROSS JOIN funded AS f
        CROSS JOIN LATERAL (SELECT r.reason IS NULL AND u.is_refused IS NOT TRUE AS allowed) AS k;
    END;
COMMENT ON FUNCTION fund.answer_request(fund.payer[], fund.payer_part[], text, timestamptz) IS 'Whether a server may start that these would pay for in these parts, how much is to be held, what is left then (null: nothing limits it), and why, in words';

GRANT EXECUTE ON FUNCTION fund.answer_request TO hm_owner; -- a part of fund.can_spawn()
