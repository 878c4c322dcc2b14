-- Lines that look the same to every rule are asked once.
CREATE FUNCTION bill.matches(of_revision bigint)
    RETURNS TABLE (bill_line_id bigint, rule_id integer, hub text, component text, class text,
                   provisioned_gib bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH look AS MATERIALIZED (
            SELECT l.account, l.service, l.category, l.resource, l.tags, s.institution_id
            FROM bill.line AS l
            JOIN bill.revision AS r USING (revision_id)
            JOIN bill.statement AS s USING (statement_id)
            WHERE l.revision_id = of_revision
            GROUP BY l.account, l.service, l.category, l.resource, l.tags, s.institution_id
        ),
        answer AS MATERIALIZED (
            SELECT k.account, k.service, k.category, k.resource, k.tags,
                   m.rule_id,
                   CASE m.hub WHEN '=tag' THEN m.tag_found ELSE m.hub END AS hub,
                   coalesce(m.component, CASE k.category WHEN 'Credit' THEN 'credit'
                                                         WHEN 'Tax' THEN 'tax' END) AS component,
                   m.class, m.provisioned_gib
            FROM look AS k
            LEFT JOIN LATERAL (
                SELECT r.*, t.value AS tag_found
                FROM bill.rule AS r
                LEFT JOIN LATERAL (
                    SELECT e.value FROM jsonb_each_text(k.tags) AS e
                    WHERE bill.fits(e.key, r.tag) AND bill.fits(e.value, r.tag_value)
                    ORDER BY e.key
                    LIMIT 1
                ) AS t ON r.tag IS NOT NULL
                WHERE r.institution_id = k.institution_id
                  AND bill.fits(k.account, r.account) AND bill.fits(k.service, r.service)
                  AND bill.fits(k.category, r.category) AND bill.fits(k.resource, r.resource)
                  AND (r.tag IS NULL OR t.value IS NOT NULL)
                ORDER BY r.ordinal
                LIMIT 1
            ) AS m ON true
        )
        SELECT l.bill_line_id, a.rule_id, a.hub, a.component, a.class, a.provisioned_gib
        FROM bill.line AS l
        JOIN answer AS a
          ON (a.account, a.service, a.category, a.resource) IS NOT DISTINCT FROM
             (l.account, l.service, l.category, l.resource)
         AND a.tags = l.tags
        WHERE l.revision_id = of_revision;
    END;
COMMENT ON FUNCTION bill.matches(bigint) IS 'What each line of a revision is for, by the first rule that fits (bill.rule). Hub null: shared; component null: no rule fits, and it is neither credit nor tax';

GRANT EXECUTE ON FUNCTION bill.matches(bigint) TO hm_rater;
