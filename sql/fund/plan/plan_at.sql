CREATE FUNCTION fund.plan_at(of_institution integer, at timestamptz, of_tag text, of_group integer, of_person integer,
                             of_unit integer)
    RETURNS TABLE (assignment_id integer, plan_id integer, plan_version_id integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT a.assignment_id, a.plan_id,
               (SELECT v.plan_version_id
                FROM fund.versions(of_institution) AS v
                WHERE v.plan_id = a.plan_id AND v.valid @> plan_at.at
                ORDER BY v.valid_from DESC LIMIT 1)
        FROM (SELECT a.assignment_id, a.plan_id
              FROM fund.assignment AS a
              LEFT JOIN org.units_above(of_institution) AS u
                     ON u.unit_id = of_unit AND u.ancestor_id = a.unit_id AND u.valid @> plan_at.at
              WHERE of_unit IS NOT NULL AND a.institution_id = of_institution AND a.valid @> plan_at.at
                AND (u.unit_id IS NOT NULL OR a.person_id = of_person OR a.group_id = of_group OR a.tag = of_tag)
              ORDER BY array_position(ARRAY['tag', 'group', 'person', 'unit'], a.scope), u.distance
              LIMIT 1) AS a;
    END;
COMMENT ON FUNCTION fund.plan_at(integer, timestamptz, text, integer, integer, integer) IS 'Which plan pays for usage at an instant (UTC) with a tag, of a group, person and department of an institution: the assignment that counts, and the version of its plan (null: none that is approved); no row: none does';

GRANT EXECUTE ON FUNCTION fund.plan_at(integer, timestamptz, text, integer, integer, integer)
    TO hm_owner; -- a part of fund.can_spawn(), report.share_funding()
