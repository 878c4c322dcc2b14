-- Where nothing begins or ends within the share, its first slot answers for all of it; else every slot that was
-- used does.
CREATE FUNCTION report.share_plans(share charge.share)
    RETURNS TABLE (at timestamptz, assignment_id integer, plan_id integer, plan_version_id integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH boundary AS MATERIALIZED (
            SELECT b.boundary
            FROM fund.boundaries(share.institution_id) AS b
            WHERE b.boundary > share.first_slot AND b.boundary <= share.last_slot
        ),
        used AS (
            SELECT share.first_slot AS slot_start
            UNION
            SELECT s.slot_start
            FROM fund.share_slots(share.hub_id, share.day, ARRAY[share.line_id]) AS s
            WHERE s.sequence = share.sequence AND EXISTS (SELECT FROM boundary)
        ),
        instant AS (
            SELECT DISTINCT coalesce((SELECT max(b.boundary) FROM boundary AS b WHERE b.boundary <= u.slot_start),
                                     share.first_slot) AS at
            FROM used AS u
        )
        SELECT i.at, a.assignment_id, a.plan_id,
               (SELECT v.plan_version_id
                FROM fund.versions(share.institution_id) AS v
                WHERE v.plan_id = a.plan_id AND v.valid @> i.at
                ORDER BY v.valid_from DESC LIMIT 1)
        FROM instant AS i
        LEFT JOIN LATERAL (
            SELECT a.assignment_id, a.plan_id
            FROM fund.assignment AS a
            LEFT JOIN org.units_above(share.institution_id) AS u
                   ON u.unit_id = share.unit_id AND u.ancestor_id = a.unit_id AND u.valid @> i.at
            WHERE share.unit_id IS NOT NULL AND a.institution_id = share.institution_id AND a.valid @> i.at
              AND (u.unit_id IS NOT NULL OR a.person_id = share.person_id OR a.group_id = share.group_id
                   OR a.tag = (SELECT g.tag FROM charge.workload_group AS g
                               WHERE g.workload_group_id = share.workload_group_id))
            ORDER BY array_position(ARRAY['tag', 'group', 'person', 'unit'], a.scope), u.distance
            LIMIT 1
        ) AS a ON true;
    END;
COMMENT ON FUNCTION report.share_plans(charge.share) IS 'Why a plan pays for a share: the assignment that counts (null: there is none) and the version of its plan (null: none that is approved), at each instant (UTC) since which these may be others';

GRANT EXECUTE ON FUNCTION report.share_plans(charge.share) TO hm_owner; -- a part of report.share_funding()
