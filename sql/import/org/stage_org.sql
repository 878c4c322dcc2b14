-- Parents and owners. With the column valid_from a row says what holds when: same unit or hub and start,
-- same row. Without it a row says what holds from now on: what held until now is closed with the current
-- slot, and the first one holds from ever, so that usage that came before the import is charged as well.
CREATE FUNCTION import.stage_org() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_slot timestamptz := usage.slot_of(now());
BEGIN
    CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
    WITH s AS MATERIALIZED (
        SELECT s.line, c.law, c.fact, s.institution, s.unit, s.hub, c.key, c.answer,
               tstzrange(v.starts, v.ends) AS valid
        FROM import_stage AS s
        JOIN validity AS v USING (line)
        CROSS JOIN LATERAL (
            VALUES ('parent', 'org.unit_parent', s.institution || '/' || s.unit, s.parent),
                   ('owner',  'org.hub_owner',   s.hub,                          s.institution)
        ) AS c (law, fact, key, answer)
        WHERE c.key IS NOT NULL AND (c.law = 'owner' OR (SELECT import.has_column('parent')))
    ),
    known (law, row_id, source, key, answer, valid) AS MATERIALIZED (
        SELECT 'parent', e.unit_parent_id, e.source, i.code || '/' || u.code, p.code, e.valid
        FROM org.unit_parent AS e
        JOIN org.unit AS u USING (unit_id)
        JOIN org.unit AS p ON p.unit_id = e.parent_id
        JOIN org.institution AS i ON i.institution_id = u.institution_id
        WHERE e.voided_at IS NULL
        UNION ALL
        SELECT 'owner', o.hub_owner_id, o.source, o.hub, i.code, o.valid
        FROM org.hub_owner AS o
        JOIN org.institution AS i USING (institution_id)
        WHERE o.voided_at IS NULL
    ),
    said (line, law, fact, institution, unit, hub, key, answer, valid, row_id, row_source, is_same) AS (
        SELECT s.line, s.law, s.fact, s.institution, s.unit, s.hub, s.key, s.answer, s.valid,
               k.row_id, k.source, coalesce((k.answer, k.valid) = (s.answer, s.valid), false)
        FROM s
        LEFT JOIN known AS k
               ON k.law = s.law AND k.key = s.key AND lower(k.valid) IS NOT DISTINCT FROM lower(s.valid)
        WHERE (SELECT import.has_column('valid_from')) AND s.answer IS NOT NULL
        UNION ALL
        SELECT s.line, s.law, s.fact, s.institution, s.unit, s.hub, s.key, k.answer,
               CASE WHEN k.answer = s.answer THEN k.valid
                    WHEN lower(k.valid) = this_slot THEN 'empty'
                    ELSE tstzrange(lower(k.valid), this_slot) END,
               k.row_id, k.source, k.answer IS NOT DISTINCT FROM s.answer
        FROM s
        JOIN known AS k ON k.law = s.law AND k.key = s.key AND upper_inf(k.valid)
        WHERE NOT (SELECT import.has_column('valid_from'))
        UNION ALL
        SELECT s.line, s.law, s.fact, s.institution, s.unit, s.hub, s.key, s.answer,
               tstzrange(CASE WHEN EXISTS (SELECT FROM known AS k WHERE k.law = s.law AND k.key = s.key)
                              THEN this_slot END, NULL),
               NULL, NULL, false
        FROM s
        WHERE NOT (SELECT import.has_column('valid_from')) AND s.answer IS NOT NULL
          AND NOT EXISTS (SELECT FROM known AS k
                          WHERE k.law = s.law AND k.key = s.key AND upper_inf(k.valid) AND k.answer = s.answer)
    )
    SELECT n.line, n.fact, n.institution, n.unit, n.hub, n.answer, n.valid,
           n.row_id::bigint AS row_id, n.row_source, n.is_same,
           ARRAY[n.law] AS laws, ARRAY[n.key] AS keys
    FROM said AS n;
END
$$;
COMMENT ON FUNCTION import.stage_org() IS 'import.stage_file for the kind org';

GRANT EXECUTE ON FUNCTION import.stage_org() TO hm_rater;
