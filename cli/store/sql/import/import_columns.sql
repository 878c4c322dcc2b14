SELECT column_name, required::int FROM import.file_column WHERE kind = $1 ORDER BY ordinal
