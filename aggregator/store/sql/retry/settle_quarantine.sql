-- $4, $5: microseconds.
SELECT ingest.settle_quarantine($1::bigint, $2, $3, $4::bigint * interval '1 microsecond',
                                $5::bigint * interval '1 microsecond', $6)
