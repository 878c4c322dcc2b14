-- The planner takes longer than the answer: once a session is enough.
CREATE FUNCTION fund.request_payers(of_hub integer, of_user text, of_tag text, amount numeric, at timestamptz)
    RETURNS SETOF fund.payer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH segment AS (
        SELECT d.day, s.starts, s.currency
        FROM (SELECT (request_payers.at AT TIME ZONE 'UTC')::date AS day) AS d
        CROSS JOIN LATERAL charge.segments(of_hub, d.day) AS s
        WHERE s.starts <= request_payers.at AND s.ends > request_payers.at
    )
    SELECT a.payer::integer, a.institution_id, a.unit_id, a.person_id, a.month, p.plan_id,
           CASE WHEN s.currency = i.currency THEN p.plan_version_id END,
           -- The parts add up: each is what the whole is up to it, less what it was before.
           div(request_payers.amount * 1000 * sum(a.weight_ppm) OVER upto, 1) * 0.000000001
           - div(request_payers.amount * 1000 * (sum(a.weight_ppm) OVER upto - a.weight_ppm), 1) * 0.000000001,
           CASE WHEN a.unit_id IS NULL THEN 'in suspense: ' || a.reason
                WHEN p.plan_id IS NULL THEN 'no plan'
                WHEN s.currency <> i.currency THEN 'in ' || s.currency || ', not ' || i.currency
                WHEN p.plan_version_id IS NULL THEN 'no approved version of plan ' || n.code END
    FROM segment AS s
    CROSS JOIN LATERAL charge.answers(of_hub, s.day, ARRAY[s.starts], ARRAY[of_user], ARRAY[of_tag]) AS a
    JOIN org.institution AS i USING (institution_id)
    LEFT JOIN LATERAL fund.plan_at(a.institution_id, request_payers.at, of_tag, a.group_id, a.person_id, a.unit_id)
              AS p ON true
    LEFT JOIN fund.plan AS n ON n.plan_id = p.plan_id
    WINDOW upto AS (ORDER BY a.payer)
    ORDER BY a.payer;
END
$$;
COMMENT ON FUNCTION fund.request_payers(integer, text, text, numeric, timestamptz) IS 'Who would pay for a server that a user of a hub starts with a tag at an instant (UTC), which part of the amount, to nano-units of the currency, and by which version of a plan; or why by none';

GRANT EXECUTE ON FUNCTION fund.request_payers TO hm_owner; -- a part of fund.can_spawn()
