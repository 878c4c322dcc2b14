-- What the rest of the page takes apart; asked once, since it follows every trace.
SELECT report.explain_line(nullif(:'line', '')::bigint)::text AS subject
