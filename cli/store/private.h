/*
 * What the store_*.c files share: a connection and how its answers become return codes.
 */
#ifndef CLI_STORE_PRIVATE_H
#define CLI_STORE_PRIVATE_H

#include <stdint.h>

#include "cli/store/store.h"
#include "common/postgres/postgres.h"

struct store {
	struct postgres postgres;
};

/* Note what went wrong; returns @r. */
int store_fail(struct store *store, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Turn an answer other than success into a return code and store_error(). Borrows @result. */
int store_check_result(struct store *store, const PGresult *result);

/* @sql without an answer that matters. */
int store_exec(struct store *store, const char *sql);

/* @sql, a COPY FROM STDIN, with @data in its text format. */
int store_copy(struct store *store, const char *sql, const char *data, size_t size);

/* @sql, a COPY TO STDOUT: its data go to @out as they come; the caller asks ferror(). */
int store_copy_out(struct store *store, const char *sql, FILE *out);

/* @sql with text parameters. The caller clears *@ret. */
int store_query(struct store *store, const char *sql, int n_params, const char *const *params,
	PGresult **ret);

/* As store_query() for one row with one whole number, null as 0. */
int store_query_int64(struct store *store, const char *sql, int n_params, const char *const *params,
	int64_t *ret);

/* As store_query(): the first column of every row. */
int store_query_lines(struct store *store, const char *sql, int n_params, const char *const *params,
	store_line_fn *line, void *context);

/* As store_query(): all rows, under the names of their columns. The caller releases *@ret. */
int store_query_table(struct store *store, const char *sql, int n_params, const char *const *params,
	struct table *ret);

/* A field of an answer of ours, which is a whole number; null is 0. */
int64_t store_int64(const PGresult *result, int row, int column);

/* A field as text; NULL: null. */
const char *store_cell(const PGresult *result, int row, int column);

/* A row of how many lines were added, changed, removed and left alone. */
struct rating store_rating(const PGresult *result);

#endif
