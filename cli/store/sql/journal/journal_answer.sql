-- $1 institution, $2 journal, $3 JSON object of line numbers with why they were refused
SELECT format('journal %s: %s accepted, %s rejected', $2::text, accepted, rejected)
FROM ledger.answer_journal($1, $2, $3::jsonb)
