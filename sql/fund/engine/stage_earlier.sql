-- A line that stands is corrected by another one, and who pays for both by another share. What that corrects stands as
-- well, or it is in a month that is open to who pays though not to the provider: then it is paid first, as if nothing
-- corrected it, and the rounds of a step say in which order.
--
-- What came too late has its own plan (ledger.policy). Money back is first given back there.
CREATE FUNCTION fund.stage_earlier(of_institution integer, first_day date, last_day date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    first_month date := date_trunc('month', first_day - interval '1 day');
    last_month date := date_trunc('month', last_day + interval '1 day');
    frozen date := ledger.frozen_until(of_institution);
    late_after interval := fund.late_after(of_institution);
BEGIN
    DROP TABLE IF EXISTS pg_temp.earlier, pg_temp.standing;
    CREATE TEMPORARY TABLE earlier ON COMMIT DROP AS
    WITH corrected AS (
        SELECT s.line_id AS of_line, s.sequence AS of_sequence, s.amount AS of_amount,
               s.period > s.month + late_after AS is_of_late, c.hub_id, c.day, c.line_id, c.sequence, c.month, c.amount,
               c.period <= frozen AS is_frozen, c.period > c.month + late_after AS was_late
        FROM charge.share AS s
        JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month AND l.period > l.month
        JOIN charge.line AS k
          ON (k.hub_id, k.day, k.workload_group_id, k.class_id, k.resource, k.provider_id, k.basis, k.month)
           = (l.hub_id, l.day, l.workload_group_id, l.class_id, l.resource, l.provider_id, l.basis, l.month)
         AND (k.price_id, k.statement_id) IS NOT DISTINCT FROM (l.price_id, l.statement_id) AND k.period < l.period
        JOIN charge.share AS c
          ON (c.hub_id, c.day, c.line_id, c.institution_id, c.rule, c.month)
           = (s.hub_id, s.day, k.line_id, s.institution_id, s.rule, s.month)
         AND (c.unit_id, c.person_id, c.group_id) IS NOT DISTINCT FROM (s.unit_id, s.person_id, s.group_id)
        WHERE s.day BETWEEN first_day AND last_day AND s.institution_id = of_institution AND s.period > frozen
          AND s.month BETWEEN first_month AND last_month AND s.amount <> 0 AND c.amount <> 0
          AND NOT (s.amount > 0 AND s.period > s.month + late_after)
          AND l.day BETWEEN first_day AND last_day AND l.month BETWEEN first_month AND last_month
          AND k.month BETWEEN first_month AND last_month AND c.month BETWEEN first_month AND last_month
          AND EXISTS (SELECT FROM ledger.period AS p WHERE p.state <> 'open')
    ),
    judged AS (
        SELECT *, coalesce(is_of_late AND of_amount + sum(amount) FILTER (WHERE was_late) OVER share >= 0, false)
                   AS is_late
        FROM corrected
        WINDOW share AS (PARTITION BY of_line, of_sequence)
    )
    SELECT of_line, of_sequence, hub_id, day, line_id, sequence, month, amount, is_late, is_frozen,
           1 + count(*) FILTER (WHERE NOT is_frozen) OVER (PARTITION BY of_line, of_sequence) AS round
    FROM judged
    WHERE was_late OR NOT is_late;

    -- What a review has somebody else pay stands as well, until it is paid otherwise (is_own).
    CREATE TEMPORARY TABLE standing ON COMMIT DROP AS
    SELECT g.line_id AS of_line, g.sequence AS of_sequence, true AS is_own, g.*
    FROM fund.leg AS g
    WHERE g.institution_id = of_institution AND g.period <= frozen AND g.day BETWEEN first_day AND last_day
      AND g.month BETWEEN first_month AND last_month AND frozen > '-infinity'
      AND ledger.may_repoint(of_institution, g.line_id, g.period)
    UNION ALL
    SELECT e.of_line, e.of_sequence, false, g.*
    FROM earlier AS e
    JOIN fund.leg AS g
      ON (g.hub_id, g.day, g.line_id, g.sequence, g.institution_id, g.month)
       = (e.hub_id, e.day, e.line_id, e.sequence, of_institution, e.month)
    WHERE e.is_frozen AND g.day BETWEEN first_day AND last_day AND g.month BETWEEN first_month AND last_month;
    ANALYZE pg_temp.earlier, pg_temp.standing;
END
$$;
COMMENT ON FUNCTION fund.stage_earlier(integer, date, date) IS 'Make pg_temp.earlier, which shares an institution''s open shares of some UTC days correct (round: in which they are paid; is_late: by the plan for what comes too late), and standing, the legs of those that are in months that are not open, and (is_own) of what a review has somebody else pay';

GRANT EXECUTE ON FUNCTION fund.stage_earlier(integer, date, date) TO hm_owner; -- a part of fund.fund_days()
