/*
 * Rows of text for people (aligned), spreadsheets (CSV) and programs (JSON).
 *
 * Invariants
 *  - Every row has as many cells as there are columns; cells are UTF-8, copied on entry.
 *  - Numbers are never computed with here: cells keep the exact digits they came with.
 *
 * Life cycle: table_init() -> table_add(), table_rule() -> table_print() -> table_release().
 */
#ifndef CLI_FORMAT_TABLE_H
#define CLI_FORMAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_format { TABLE_FORMAT_TEXT, TABLE_FORMAT_CSV, TABLE_FORMAT_JSON };

#define TABLE_COLUMNS_MAX 32

struct table_column {
	const char *name;
	bool numeric; /* right-aligned; a bare number in JSON */
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX]; /* names are owned */
	size_t n_columns;
	char **cells; /* n_rows * n_columns */
	size_t n_rows;
	size_t capacity; /* in rows */
	size_t rule;	 /* a line is drawn above this row; SIZE_MAX: nowhere */
};

/* "table", "csv", "json". False: no such format. */
bool table_format_parse(const char *name, enum table_format *ret);

/* -ENOMEM, or -E2BIG with too many columns. */
int table_init(struct table *table, const struct table_column *columns, size_t n_columns);

/* One row of n_columns cells. -ENOMEM. */
int table_add(struct table *table, const char *const *cells);

/* What is added from now on stands below a line: totals. The last call counts. */
void table_rule(struct table *table);

/* The whole table. -EIO when @out fails. */
int table_print(const struct table *table, enum table_format format, FILE *out);

void table_release(struct table *table);

#endif
