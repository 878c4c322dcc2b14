SELECT file_kind, column_name, coalesce(mark, 0) FROM import.roster_column WHERE format = $1
ORDER BY file_kind, ordinal
