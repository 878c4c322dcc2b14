-- Lines of the bill that are distributed alike are one pool. Costs have all the digits of the file; the
-- statement's total is rounded once, to nano-units, and what rounding leaves goes to the pools with the
-- largest fractions.
CREATE FUNCTION charge.bill_pools(of_revision bigint)
    RETURNS TABLE (pool_id bigint, hub text, component text, class text, provisioned_gib bigint,
                   charge_start timestamptz, charge_end timestamptz, units numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH pool AS (
            SELECT row_number() OVER (ORDER BY m.component, m.hub, m.class, l.charge_start, l.charge_end,
                                               m.provisioned_gib) AS pool_id,
                   m.hub, coalesce(m.component, 'unmatched') AS component, m.class, m.provisioned_gib,
                   l.charge_start, l.charge_end, sum(l.cost) * 1000000000 AS cost
            FROM bill.line AS l
            JOIN bill.matches(of_revision) AS m USING (bill_line_id)
            WHERE l.revision_id = of_revision
            GROUP BY m.hub, m.component, m.class, m.provisioned_gib, l.charge_start, l.charge_end
        )
        SELECT p.pool_id, p.hub, p.component, p.class, p.provisioned_gib, p.charge_start, p.charge_end,
               floor(p.cost) + (row_number() OVER (ORDER BY p.cost - floor(p.cost) DESC, p.pool_id)
                                <= round(sum(p.cost) OVER ()) - sum(floor(p.cost)) OVER ())::integer
        FROM pool AS p;
    END;
COMMENT ON FUNCTION charge.bill_pools(bigint) IS 'A revision of a bill by what is distributed alike: units of 0.000000001 of its currency, which add up to its total rounded once. Hub null: shared; component unmatched: no rule fits';

GRANT EXECUTE ON FUNCTION charge.bill_pools(bigint) TO hm_rater;
