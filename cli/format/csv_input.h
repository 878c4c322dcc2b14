/*
 * CSV as a spreadsheet saves it (RFC 4180, UTF-8), parsed strictly. The only user of libcsv. Pure.
 *
 * Invariants
 *  - Columns are found by the names in the first line, whatever their order; rows are handed on
 *    in the order of the declared columns. A column that may be left out and was, is empty.
 *  - A record's line number is that of its first byte, also when quoted fields span lines.
 *  - A byte order mark is skipped, CRLF and LF end lines, empty lines are no records.
 *  - What a spreadsheet adds and nobody means is left out, with a note: records of empty fields
 * only, and empty fields behind the last column.
 *  - Refused: NUL bytes, what is not UTF-8, stray or unclosed quotes, a carriage return by itself,
 *    rows with fewer or more fields than the header, unknown (unless they are to be passed over),
 *    doubled or missing columns.
 *  - Spaces belong to the field.
 */
#ifndef CLI_FORMAT_CSV_INPUT_H
#define CLI_FORMAT_CSV_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#define CSV_INPUT_COLUMNS_MAX 512

struct csv_column {
	const char *name;
	bool required; /* must be in the header */
};

struct csv_handler {
	/* One record: a NUL-terminated field per declared column. Non-zero ends the parse. */
	int (*row)(void *context, unsigned line, const char *const *fields);
	/* What is wrong where; @column and @value may be NULL. */
	void (*error)(void *context, unsigned line, const char *column, const char *value,
		const char *reason);
	void *context;
	void *complaints; /* for error() and note() instead of @context; NULL: that one */
	/* What was left out, from where on; may be NULL. */
	void (*note)(void *context, unsigned line, const char *text);
	/* Before the first record: which of the declared columns the file has; may be NULL. */
	void (*header)(void *context, const bool *is_given);
	/* A cell that is not empty, of a column nobody declared, before its row(); NULL: there may
	 * be none. */
	void (*extra)(void *context, const char *name, const char *value);
	/* Before header(), every name there is; a negative answer ends the parse. May be NULL. */
	int (*names)(void *context, const char *const *names, size_t count);
	/* The file is another system's: columns that are not declared are passed over. */
	bool passes_over_unknown;
};

/*
 * Parse @data. 0, -EBADMSG when error() was called at least once, -ENOMEM, -E2BIG with too many
 * @columns, or what row() or names() returned.
 */
int csv_input_parse(const char *data, size_t size, const struct csv_column *columns,
	size_t n_columns, const struct csv_handler *handler);

/* "libcsv 3.0.3" */
const char *csv_input_library(void);

#endif
