-- With the rights of the owner: finance sees what the rules miss, not the rules.
CREATE FUNCTION report.bill_unmatched()
    RETURNS TABLE (institution text, month text, issuer text, account text, service text, category text,
                   resource text, tags jsonb, lines bigint, amount numeric, currency text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.code, to_char(s.period_start AT TIME ZONE 'UTC', 'YYYY-MM'), s.issuer, l.account, l.service, l.category,
           l.resource, l.tags, count(*), sum(l.cost), s.currency
    FROM bill.statement AS s
    JOIN org.institution AS i USING (institution_id)
    CROSS JOIN LATERAL bill.matches(s.revision_id) AS m
    JOIN bill.line AS l USING (bill_line_id)
    WHERE m.rule_id IS NULL AND org.sees_institution(s.institution_id)
    GROUP BY i.code, s.period_start, s.issuer, l.account, l.service, l.category, l.resource, l.tags, s.currency
$$;
COMMENT ON FUNCTION report.bill_unmatched() IS 'Lines of bills that no rule fits, those that look the same together: how many, and what they come to, exact, in the currency of the row. Credits and tax among them are shared, the others residual';

GRANT EXECUTE ON FUNCTION report.bill_unmatched() TO hm_finance, hm_rater;
