-- Funding anew touches only what differs, so what is marked need not be exact: everything from the first
-- instant that a changed row speaks of.
CREATE FUNCTION fund.mark_changes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO fund.dirty_since AS d (institution_id, is_capped_only, day)
    SELECT c.institution_id, false, greatest(min(c.day), min(t.first_day))
    FROM (SELECT coalesce((f.fact ->> 'institution_id')::integer, a.institution_id, p.institution_id, v.institution_id)
                     AS institution_id,
                 coalesce((coalesce(lower(coalesce(nullif((f.fact ->> 'valid')::tstzrange, 'empty'),
                                                   (f.fact ->> 'was_valid')::tstzrange)),
                                    (f.fact ->> 'valid_from')::timestamptz)
                           AT TIME ZONE 'UTC')::date, '-infinity') AS day
          FROM change AS c
          CROSS JOIN LATERAL (VALUES (c.old_row), (c.new_row)) AS f (fact)
          LEFT JOIN fund.fund AS a ON c.table_name = 'fund.amendment' AND a.fund_id = (f.fact ->> 'fund_id')::integer
          LEFT JOIN fund.plan AS p ON c.table_name = 'fund.plan_version' AND p.plan_id = (f.fact ->> 'plan_id')::integer
          LEFT JOIN (SELECT n.plan_version_id, k.institution_id
                     FROM fund.plan_version AS n JOIN fund.plan AS k USING (plan_id)) AS v
                 ON c.table_name = 'fund.plan_leg' AND v.plan_version_id = (f.fact ->> 'plan_version_id')::integer
          WHERE f.fact IS NOT NULL
            AND (c.table_name IN ('fund.fund', 'fund.amendment', 'fund.plan_version', 'fund.plan_leg',
                                  'fund.assignment', 'fund.cap', 'org.unit_parent', 'org.institution')
                 OR c.table_name = 'ledger.policy'
                    AND (c.old_row ->> 'late_plan_id' IS NOT NULL OR c.new_row ->> 'late_plan_id' IS NOT NULL)
                    AND (c.old_row ->> 'late_plan_id', c.old_row ->> 'late_periods')
                        IS DISTINCT FROM (c.new_row ->> 'late_plan_id', c.new_row ->> 'late_periods'))) AS c
    JOIN (SELECT institution_id, min(day) AS first_day, max(day) AS last_day
        FROM fund.day_total GROUP BY institution_id) AS t
      ON t.institution_id = c.institution_id
    GROUP BY c.institution_id
    HAVING max(t.last_day) >= min(c.day)
    ON CONFLICT (institution_id, is_capped_only) DO UPDATE SET day = least(d.day, excluded.day);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION fund.mark_changes() IS 'Trigger: have everything funded anew that changes of funds, plans, assignments, caps or the tree of departments, or of what comes too late, may concern';

CREATE TRIGGER mark_funding AFTER INSERT ON audit.change REFERENCING NEW TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION fund.mark_changes();
