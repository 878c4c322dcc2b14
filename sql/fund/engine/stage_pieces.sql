-- Between two boundaries (an epoch) it is the same funds that may pay for the same people. A step is the
-- part of a UTC day within an epoch: nearly always the day. A share of several steps is cut into one for each,
-- by what was billable in them.
--
-- What stands in a month that is not open is no piece. A share that corrects others (pg_temp.earlier) is funded as a
-- whole, together with them, as if they had not been paid when its time comes; the difference is what is booked.
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
    late_after interval := fund.late_after(of_institution);
BEGIN
    DROP TABLE IF EXISTS pg_temp.epoch, pg_temp.step, pg_temp.whole, pg_temp.part;
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

    PERFORM fund.stage_earlier(of_institution, first_day, last_day);

    CREATE TEMPORARY TABLE whole ON COMMIT DROP AS
    SELECT s.hub_id, s.day, s.line_id, s.sequence, s.month, s.period, s.unit_id, s.person_id, s.group_id,
           s.amount + coalesce(e.amount, 0) AS amount, s.currency, s.first_slot, s.last_slot, l.class_id, g.tag,
           s.period > s.month + late_after AND (s.amount > 0 OR e.is_late) AS is_late, coalesce(e.round, 1) AS round,
           CASE WHEN has_repointing
                THEN (SELECT r.plan_id FROM fund.repointing AS r
                      WHERE r.line_id = ANY (coalesce(e.line_ids, '{}') || s.line_id)
                        AND r.institution_id = of_institution
                      ORDER BY r.repointing_id DESC LIMIT 1) END AS repointed_to,
           u.round AS until_round, a.step, a.epoch, z.step AS last_step
    FROM charge.share AS s
    JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
    JOIN charge.workload_group AS g ON g.workload_group_id = s.workload_group_id
    JOIN step AS a ON a.day = s.day AND s.first_slot >= a.starts AND s.first_slot < a.ends
    JOIN step AS z ON z.day = s.day AND s.last_slot >= z.starts AND s.last_slot < z.ends
    LEFT JOIN (SELECT of_line, of_sequence, round, is_late, sum(amount) AS amount,
                      array_agg(DISTINCT line_id) AS line_ids
               FROM earlier GROUP BY of_line, of_sequence, round, is_late) AS e
           ON (e.of_line, e.of_sequence) = (s.line_id, s.sequence)
    LEFT JOIN (SELECT line_id, sequence, min(round) AS round FROM earlier GROUP BY line_id, sequence) AS u
           ON (u.line_id, u.sequence) = (s.line_id, s.sequence)
    LEFT JOIN (SELECT DISTINCT of_line, of_sequence FROM standing WHERE is_own) AS w
           ON (w.of_line, w.of_sequence) = (s.line_id, s.sequence)
    WHERE s.hub_id = ANY (hubs) AND s.day BETWEEN first_day AND last_day AND s.institution_id = of_institution
      AND s.month BETWEEN first_month AND last_month
      AND l.hub_id = ANY (hubs) AND l.day BETWEEN first_day AND last_day AND l.month BETWEEN first_month AND last_month
      AND s.amount <> 0 AND (s.period > frozen OR w.of_line IS NOT NULL);

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
    FROM (SELECT hub_id, day, line_id, sequence, month, period, is_late, round, until_round, repointed_to, unit_id,
                 person_id, group_id, amount, currency, first_slot, last_slot, class_id, tag, step, epoch
          FROM whole WHERE step = last_step
          UNION ALL
          SELECT hub_id, day, line_id, sequence, month, period, is_late, round, until_round, repointed_to, unit_id,
                 person_id, group_id, sign(amount) * 0.000000001
                 * coalesce(units + (row_number() OVER (share ORDER BY fraction DESC, at_step)
                                     <= total - sum(units) OVER share)::integer, total),
                 currency, first_slot, last_slot, class_id, tag, at_step, at_epoch
          FROM cut_part
          WINDOW share AS (PARTITION BY hub_id, day, line_id, sequence)) AS p;
    ANALYZE pg_temp.part;
END
$$;
COMMENT ON FUNCTION fund.stage_pieces(integer, date, date) IS 'Make pg_temp.epoch, step, earlier, standing and part of an institution''s shares of some UTC days: the parts of shares that it funds one by one';

GRANT EXECUTE ON FUNCTION fund.stage_pieces(integer, date, date) TO hm_owner; -- a part of fund.fund_days()
