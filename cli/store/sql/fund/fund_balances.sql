-- $1 institutions, $2 a fund; '' for all
SELECT institution, fund, name, kind, chart_string, status, authorised, overdraw, trim_scale(spent) AS spent,
       trim_scale(spent_this_month) AS spent_this_month, trim_scale(held) AS held, trim_scale(available) AS available,
       first_day, last_day, last_posting, currency
FROM report.fund_balance
WHERE institution = ANY ($1::text[]) AND $2 IN ('', fund)
ORDER BY institution, fund
