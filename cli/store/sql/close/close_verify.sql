-- $1 institution, '' for all
SELECT institution, to_char(month, 'YYYY-MM') AS month, coalesce(finding, 'as it was') AS finding, kind, day
FROM ledger.verify($1)
