SELECT s.statement_id, concat_ws(' ', i.code, s.issuer, nullif(s.account, ''),
                                 to_char(s.period_start AT TIME ZONE 'UTC', 'YYYY-MM'), s.currency)
FROM bill.statement AS s
JOIN org.institution AS i USING (institution_id)
WHERE s.is_dirty AND s.revision_id IS NOT NULL
  AND coalesce(s.distributed_revision_id <> s.revision_id OR s.distributed_at < now() - $1::interval, true)
ORDER BY s.period_start, s.statement_id
