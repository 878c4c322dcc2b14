-- $1 institution, '' for all; $2 month, '' for all
SELECT institution, to_char(period, 'YYYY-MM') AS month, journal, lines, debit, currency, state, rejected, prepared_by,
       closed_by
FROM report.journal
WHERE $1 IN ('', institution) AND $2 IN ('', to_char(period, 'YYYY-MM'))
ORDER BY report.journal.institution, period, journal
