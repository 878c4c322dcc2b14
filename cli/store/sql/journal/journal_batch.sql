-- $1 institution, $2 journal
SELECT * FROM ledger.journal_batch($1, $2)
