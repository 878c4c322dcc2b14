-- $1 institution, $2 journal
SELECT * FROM ledger.journal_lines($1, $2)
