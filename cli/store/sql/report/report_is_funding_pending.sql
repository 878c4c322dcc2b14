-- $1 months, $2 the institution of each
SELECT EXISTS (SELECT FROM report.funding_reconciliation
               WHERE month = ANY ($1::date[])
                 AND (institution, month) IN (SELECT * FROM unnest($2::text[], $1::date[]))
                 AND is_waiting)::integer
