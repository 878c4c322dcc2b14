-- $1 institutions, $2 a fund: whose it is, and which funds these institutions have instead
SELECT (SELECT string_agg(institution, ', ' ORDER BY institution) FROM report.fund_balance
        WHERE institution = ANY ($1::text[]) AND fund = $2),
       (SELECT count(*) FROM report.fund_balance WHERE institution = ANY ($1::text[]) AND fund = $2),
       (SELECT string_agg(DISTINCT fund, ', ' ORDER BY fund)
        FROM (SELECT fund FROM report.fund_balance
              WHERE institution = ANY ($1::text[])
              ORDER BY fund LIMIT 20) AS known)
