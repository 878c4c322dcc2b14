-- Whose plan it is: the tag's, else the group's, the person's, or that of the nearest department above.
CREATE FUNCTION fund.stage_routes(of_institution integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    unit_caps integer[] := ARRAY(SELECT DISTINCT unit_id FROM fund.cap
                                 WHERE institution_id = of_institution AND scope = 'unit' AND voided_at IS NULL);
    person_caps integer[] := ARRAY(SELECT DISTINCT person_id FROM fund.cap
                                   WHERE institution_id = of_institution AND scope = 'person' AND voided_at IS NULL);
BEGIN
    DROP TABLE IF EXISTS pg_temp.unit_above, pg_temp.version, pg_temp.who, pg_temp.capped_units, pg_temp.route,
                         pg_temp.taken, pg_temp.routed;
    CREATE TEMPORARY TABLE unit_above ON COMMIT DROP AS
    SELECT * FROM org.units_above(of_institution);

    CREATE TEMPORARY TABLE version ON COMMIT DROP AS
    SELECT DISTINCT ON (e.epoch, v.plan_id) e.epoch, v.plan_id, v.plan_version_id
    FROM epoch AS e
    JOIN fund.versions(of_institution) AS v ON v.valid @> e.starts
    ORDER BY e.epoch, v.plan_id, v.valid_from DESC;

    CREATE TEMPORARY TABLE who ON COMMIT DROP AS
    WITH asked AS (
        SELECT DISTINCT p.epoch, p.tag, p.group_id, p.person_id, p.unit_id, p.currency, p.is_late,
               p.repointed_to
        FROM part AS p
    ),
    held AS MATERIALIZED (
        SELECT e.epoch, a.plan_id, a.scope, a.unit_id, a.group_id, a.person_id, a.tag, e.starts
        FROM epoch AS e
        JOIN fund.assignment AS a ON a.institution_id = of_institution AND a.valid @> e.starts
    ),
    of_unit AS (
        SELECT DISTINCT ON (h.epoch, u.unit_id) h.epoch, u.unit_id, h.plan_id
        FROM held AS h
        JOIN unit_above AS u ON u.ancestor_id = h.unit_id AND u.valid @> h.starts
        ORDER BY h.epoch, u.unit_id, u.distance
    ),
    late AS (
        SELECT late_plan_id AS plan_id FROM ledger.policy WHERE institution_id = of_institution
    ),
    answer AS (
        SELECT q.*, coalesce(q.repointed_to, late.plan_id, t.plan_id, g.plan_id, p.plan_id, u.plan_id) AS plan_id
        FROM asked AS q
        LEFT JOIN held AS t ON t.epoch = q.epoch AND t.scope = 'tag' AND t.tag = q.tag
        LEFT JOIN held AS g ON g.epoch = q.epoch AND g.scope = 'group' AND g.group_id = q.group_id
        LEFT JOIN held AS p ON p.epoch = q.epoch AND p.scope = 'person' AND p.person_id = q.person_id
        LEFT JOIN late ON q.is_late
        LEFT JOIN of_unit AS u ON u.epoch = q.epoch AND u.unit_id = q.unit_id
    )
    SELECT a.epoch, a.tag, a.group_id, a.person_id, a.unit_id, a.currency, a.is_late, a.repointed_to,
           CASE WHEN a.unit_id IS NOT NULL AND a.currency = i.currency THEN v.plan_version_id END AS plan_version_id,
           CASE WHEN a.unit_id IS NULL THEN 'in suspense'
                WHEN a.plan_id IS NULL THEN 'no plan'
                WHEN a.currency <> i.currency THEN 'in ' || a.currency || ', not ' || i.currency
                WHEN v.plan_version_id IS NULL THEN 'no approved version of plan ' || n.code END AS reason
    FROM answer AS a
    JOIN org.institution AS i ON i.institution_id = of_institution
    LEFT JOIN version AS v USING (epoch, plan_id)
    LEFT JOIN fund.plan AS n ON n.plan_id = a.plan_id;

    -- Where a department stands counts for caps as at the beginning of the UTC day: what was spent is kept by day.
    CREATE TEMPORARY TABLE capped_units ON COMMIT DROP AS
    SELECT d.day, u.unit_id, array_agg(u.ancestor_id ORDER BY u.ancestor_id) AS unit_ids
    FROM (SELECT DISTINCT day FROM step) AS d
    JOIN unit_above AS u ON u.ancestor_id = ANY (unit_caps) AND u.valid @> d.day::timestamp AT TIME ZONE 'UTC'
    GROUP BY d.day, u.unit_id;

    -- What is paid in the same way.
    CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
    SELECT p.piece_no, w.reason, w.plan_version_id, p.epoch, p.class_id, p.month, p.period, c.unit_ids,
           CASE WHEN p.person_id = ANY (person_caps) THEN p.person_id END AS person_id
    FROM part AS p
    JOIN who AS w
      ON w.epoch = p.epoch AND w.tag = p.tag AND w.currency = p.currency
     AND coalesce(w.group_id, 0) = coalesce(p.group_id, 0) AND coalesce(w.person_id, 0) = coalesce(p.person_id, 0)
     AND coalesce(w.unit_id, 0) = coalesce(p.unit_id, 0) AND w.is_late = p.is_late
     AND coalesce(w.repointed_to, 0) = coalesce(p.repointed_to, 0)
    LEFT JOIN capped_units AS c ON c.day = p.day AND c.unit_id = p.unit_id;

    CREATE TEMPORARY TABLE route ON COMMIT DROP AS
    SELECT row_number() OVER ()::integer AS route_no, false AS is_capped, r.*
    FROM (SELECT DISTINCT plan_version_id, epoch, class_id, month, period, unit_ids, person_id, reason FROM taken) AS r;
    ANALYZE pg_temp.route;

    CREATE TEMPORARY TABLE routed ON COMMIT DROP AS
    SELECT t.piece_no, r.route_no
    FROM taken AS t
    JOIN route AS r
      ON r.epoch = t.epoch AND r.class_id = t.class_id AND r.month = t.month AND r.period = t.period
     AND coalesce(r.plan_version_id, 0) = coalesce(t.plan_version_id, 0)
     AND coalesce(r.reason, '') = coalesce(t.reason, '')
     AND coalesce(r.unit_ids, '{}') = coalesce(t.unit_ids, '{}')
     AND coalesce(r.person_id, 0) = coalesce(t.person_id, 0);
    DROP TABLE pg_temp.taken;
END
$$;
COMMENT ON FUNCTION fund.stage_routes(integer) IS 'Make pg_temp.route, the ways in which pieces of pg_temp.part are paid, each with the version of a plan or the reason why there is none, and pg_temp.routed, which is whose';

GRANT EXECUTE ON FUNCTION fund.stage_routes(integer) TO hm_owner; -- a part of fund.fund_days()
