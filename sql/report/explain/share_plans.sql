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
        SELECT i.at, a.assignment_id, a.plan_id, a.plan_version_id
        FROM instant AS i
        LEFT JOIN LATERAL fund.plan_at(share.institution_id, i.at,
                                       (SELECT g.tag FROM charge.workload_group AS g
                                        WHERE g.workload_group_id = share.workload_group_id),
                                       share.group_id, share.person_id, share.unit_id) AS a ON true;
    END;
COMMENT ON FUNCTION report.share_plans(charge.share) IS 'Why a plan pays for a share: the assignment that counts (null: there is none) and the version of its plan (null: none that is approved), at each instant (UTC) since which these may be others';

GRANT EXECUTE ON FUNCTION report.share_plans(charge.share) TO hm_owner; -- a part of report.share_funding()
