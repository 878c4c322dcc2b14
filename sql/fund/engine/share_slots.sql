CREATE FUNCTION fund.share_slots(of_hub integer, of_day date, line_ids bigint[])
    RETURNS TABLE (line_id bigint, sequence smallint, slot_start timestamptz, billable numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off
    SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    first_month date := date_trunc('month', of_day - interval '1 day');
    last_month date := date_trunc('month', of_day + interval '1 day');
BEGIN
    RETURN QUERY
    WITH line AS MATERIALIZED (
        SELECT l.*, g.username, g.server_name, g.tag, g.kind
        FROM charge.line AS l
        JOIN charge.workload_group AS g USING (workload_group_id)
        WHERE l.hub_id = of_hub AND l.day = of_day AND l.month BETWEEN first_month AND last_month
          AND l.basis = 'rate_card' AND l.line_id = ANY (line_ids)
    ),
    piece AS MATERIALIZED (
        SELECT l.line_id, p.starts, p.username, p.tag, p.first_slot, p.billable
        FROM charge.priced_pieces(of_hub, of_day, (SELECT array_agg(DISTINCT username) FROM line), true) AS p
        JOIN line AS l
          ON (l.username, l.server_name, l.tag, l.kind, l.class_id, l.resource, l.provider_id, l.month)
           = (p.username, p.server_name, p.tag, p.kind, p.class_id, p.resource, p.provider_id, p.month)
         AND l.price_id IS NOT DISTINCT FROM p.price_id
        WHERE p.billable > 0
    ),
    answer AS MATERIALIZED (
        SELECT a.*
        FROM (SELECT array_agg(starts) AS starts, array_agg(username) AS usernames, array_agg(tag) AS tags
              FROM (SELECT DISTINCT starts, username, tag FROM piece) AS n) AS n
        CROSS JOIN LATERAL charge.answers(of_hub, of_day, n.starts, n.usernames, n.tags) AS a
    )
    SELECT p.line_id, s.sequence, p.first_slot, p.billable
    FROM piece AS p
    JOIN answer AS a USING (starts, username, tag)
    JOIN charge.share AS s
      ON s.hub_id = of_hub AND s.day = of_day AND s.line_id = p.line_id
     AND s.month BETWEEN first_month AND last_month AND p.first_slot BETWEEN s.first_slot AND s.last_slot
     AND (s.month, s.rule, s.institution_id, s.weight_ppm) = (a.month, a.rule, a.institution_id, a.weight_ppm)
     AND (s.unit_id, s.person_id, s.group_id, s.reason)
         IS NOT DISTINCT FROM (a.unit_id, a.person_id, a.group_id, a.reason);
END
$$;
COMMENT ON FUNCTION fund.share_slots(integer, date, bigint[]) IS 'When the shares of charge lines of a hub-day were used: what was billable in each slot, in the quantity unit of the resource. Nothing for lines of bills and fees, nor where the usage is gone';

GRANT EXECUTE ON FUNCTION fund.share_slots(integer, date, bigint[]) TO hm_rater;
