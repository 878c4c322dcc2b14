CREATE FUNCTION import.roster_column_of(format text, file_kind text, means text) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT c.column_name FROM import.roster_column AS c
            WHERE c.format = roster_column_of.format AND c.file_kind = roster_column_of.file_kind
              AND (c.means = roster_column_of.means OR (roster_column_of.means = 'username' AND c.means = 'key'))
            ORDER BY (c.means = roster_column_of.means) DESC, c.ordinal
            LIMIT 1);
COMMENT ON FUNCTION import.roster_column_of(text, text, text) IS 'What a file calls the column that something comes from';

GRANT EXECUTE ON FUNCTION import.roster_column_of(text, text, text) TO hm_rater;
