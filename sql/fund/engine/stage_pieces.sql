-- Between two boundaries (an epoch) it is the same funds that may pay for the same people. A step is the
-- part of a UTC day within an epoch: nearly always the day. A share of several steps is cut into one for each,
-- by what was billable in them.
--
-- What stands in a month that is not open is no piece. A share that corrects it is funded as a whole, with what stands
-- (pg_temp.standing), as if that had not been paid when its time comes; the difference is what is booked.
CREATE FUNCTION fund.stage_pieces(of_institution integer, first_day date, last_day date) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    range_start timestamptz := first_day::timestamp AT TIME ZONE 'UTC';
    range_end timestamptz := (last_day + 1)::timestamp AT TIME ZONE 'UTC';
    -- A calendar west or east of UTC puts parts of a day on the day before or after.
    first_month date := date_trunc('month', first_day - interval '1 day');
    last_month date := date_trunc('month', last_day + interval '1 day');
    hubs integer[] := ARRAY(SELECT hub_id FROM usage.hub);
    frozen date := ledger.frozen_until(of_institution);
    has_repointing boolean := EXISTS (SELECT FROM fund.repointing WHERE institution_id = of_institution);
    late_after interval := make_interval(months => coalesce(
        (SELECT late_periods FROM ledger.policy WHERE institution_id = of_institution AND late_plan_id IS NOT NULL),
        100000));
BEGIN
    DROP TABLE IF EXISTS pg_temp.epoch, pg_temp.step, pg_temp.whole, pg_temp.part, pg_temp.standing;
    CREATE TEMPORARY TABLE epoch ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY b.boundary)::integer AS epoch, b.boundary AS starts,
           lead(b.boundary, 1, range_end) OVER (ORDER BY b.boundary) AS ends
    FROM (SELECT range_start AS boundary
          UNION
          SELECT boundary FROM fund.boundaries(of_institution)
          WHERE boundary > range_start AND boundary < range_end) AS b;

    CREATE TEMPORARY TABLE step ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY s.starts)::integer AS step, s.*
    FROM (SELECT e.epoch, d.day::date AS day,
                 greatest(e.starts, d.day AT TIME ZONE 'UTC') AS starts,
                 least(e.ends, (d.day + interval '1 day') AT TIME ZONE 'UTC') AS ends
          FROM generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') AS d (day)
          JOIN epoch AS e
            ON e.starts < (d.day + interval '1 day') AT TIME ZONE 'UTC' AND e.ends > d.day AT TIME ZONE 'UTC') AS s;
    ANALYZE pg_temp.step;

    -- What a review has somebody else pay stands as well, until it is paid otherwise (is_own).
    CREATE TEMPORARY TABLE standing ON COMMIT DROP AS
    SELECT g.line_id AS of_line, g.sequence AS of_sequence, true AS is_own, g.*
    FROM fund.leg AS g
    WHERE g.institution_id = of_institution AND g.period <= frozen AND g.day BETWEEN first_day AND last_day
      AND g.month BETWEEN first_month AND last_month AND frozen > '-infinity'
      AND ledger.may_repoint(of_institution, g.line_id, g.period)
    UNION ALL
    SELECT s.line_id, s.sequence, false, g.*
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
     AND c.period <= frozen
    JOIN fund.leg AS g
      ON (g.hub_id, g.day, g.line_id, g.sequence, g.institution_id, g.month)
       = (c.hub_id, c.day, c.line_id, c.sequence, c.institution_id, c.month)
    WHERE s.day BETWEEN first_day AND last_day AND s.institution_id = of_institution AND s.period > frozen
      AND s.month BETWEEN first_month AND last_month AND s.amount <> 0
      AND NOT (s.amount > 0 AND s.period > s.month + late_after)
      AND l.day BETWEEN first_day AND last_day AND l.month BETWEEN first_month AND last_month
      AND k.month BETWEEN first_month AND last_month AND c.month BETWEEN first_month AND last_month
      AND g.month BETWEEN first_month AND last_month
      AND frozen > '-infinity';
    ANALYZE pg_temp.standing;

    CREATE TEMPORARY TABLE whole ON COMMIT DROP AS
    SELECT s.hub_id, s.day, s.line_id, s.sequence, s.month, s.period, s.unit_id, s.person_id, s.group_id,
           s.amount + coalesce(o.amount, 0) AS amount, s.currency, s.first_slot, s.last_slot, l.class_id, g.tag,
           s.amount > 0 AND s.period > s.month + late_after AS is_late,
           CASE WHEN has_repointing
                THEN (SELECT r.plan_id FROM fund.repointing AS r
                      WHERE r.line_id = ANY (coalesce(o.line_ids, '{}') || s.line_id)
                        AND r.institution_id = of_institution
                      ORDER BY r.repointing_id DESC LIMIT 1) END AS repointed_to,
           a.step, a.epoch, z.step AS last_step
    FROM charge.share AS s
    JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
    JOIN charge.workload_group AS g ON g.workload_group_id = s.workload_group_id
    JOIN step AS a ON a.day = s.day AND s.first_slot >= a.starts AND s.first_slot < a.ends
    JOIN step AS z ON z.day = s.day AND s.last_slot >= z.starts AND s.last_slot < z.ends
    LEFT JOIN (SELECT of_line, of_sequence, sum(amount) FILTER (WHERE NOT is_own) AS amount, bool_or(is_own) AS is_own,
                      array_agg(DISTINCT line_id) AS line_ids
               FROM standing GROUP BY of_line, of_sequence) AS o
           ON (o.of_line, o.of_sequence) = (s.line_id, s.sequence)
    WHERE s.hub_id = ANY (hubs) AND s.day BETWEEN first_day AND last_day AND s.institution_id = of_institution
      AND s.month BETWEEN first_month AND last_month
      AND l.hub_id = ANY (hubs) AND l.day BETWEEN first_day AND last_day AND l.month BETWEEN first_month AND last_month
      AND s.amount <> 0 AND (s.period > frozen OR o.is_own);

    CREATE TEMPORARY TABLE part ON COMMIT DROP AS
    WITH cut AS MATERIALIZED (
        SELECT * FROM whole WHERE step <> last_step
    ),
    slot AS MATERIALIZED ( -- once for each hub-day
        SELECT u.hub_id, u.day, t.*
        FROM (SELECT hub_id, day, array_agg(DISTINCT line_id) AS line_ids FROM cut GROUP BY hub_id, day) AS u
        CROSS JOIN LATERAL fund.share_slots(u.hub_id, u.day, u.line_ids) AS t
    ),
    used AS (
        SELECT t.hub_id, t.day, t.line_id, t.sequence, p.step, p.epoch, sum(t.billable) AS billable
        FROM slot AS t
        JOIN step AS p ON p.day = t.day AND t.slot_start >= p.starts AND t.slot_start < p.ends
        GROUP BY t.hub_id, t.day, t.line_id, t.sequence, p.step, p.epoch
    ),
    cut_part AS (
        SELECT c.*, coalesce(u.step, c.step) AS at_step, coalesce(u.epoch, c.epoch) AS at_epoch,
               abs(c.amount) * 1000000000 AS total,
               div(abs(c.amount) * 1000000000 * u.billable, sum(u.billable) OVER share) AS units,
               mod(abs(c.amount) * 1000000000 * u.billable, sum(u.billable) OVER share) AS fraction
        FROM cut AS c
        LEFT JOIN used AS u USING (hub_id, day, line_id, sequence)
        WINDOW share AS (PARTITION BY c.hub_id, c.day, c.line_id, c.sequence)
    )
    SELECT row_number() OVER ()::integer AS piece_no, p.*
    FROM (SELECT hub_id, day, line_id, sequence, month, period, is_late, repointed_to, unit_id, person_id, group_id,
                 amount, currency, first_slot, last_slot, class_id, tag, step, epoch
          FROM whole WHERE step = last_step
          UNION ALL
          SELECT hub_id, day, line_id, sequence, month, period, is_late, repointed_to, unit_id, person_id, group_id,
                 sign(amount) * 0.000000001
                 * coalesce(units + (row_number() OVER (share ORDER BY fraction DESC, at_step)
                                     <= total - sum(units) OVER share)::integer, total),
                 currency, first_slot, last_slot, class_id, tag, at_step, at_epoch
          FROM cut_part
          WINDOW share AS (PARTITION BY hub_id, day, line_id, sequence)) AS p;
    ANALYZE pg_temp.part;
END
$$;
COMMENT ON FUNCTION fund.stage_pieces(integer, date, date) IS 'Make pg_temp.epoch, step, standing and part of an institution''s shares of some UTC days: the parts of shares that it funds one by one';

GRANT EXECUTE ON FUNCTION fund.stage_pieces(integer, date, date) TO hm_owner; -- a part of fund.fund_days()
