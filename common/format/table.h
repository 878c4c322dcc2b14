/*
 * Rows of text for people (aligned), spreadsheets (CSV) and programs (JSON).
 *
 * Invariants
 *  - Every row has as many cells as there are columns; cells are UTF-8, copied on entry. A cell may
 *    be NULL: empty for people and spreadsheets, null for programs.
 *  - Numbers are never computed with here: cells keep the exact digits they came with.
 *  - People and spreadsheets see no control character (safe_text.h), and no spreadsheet takes a
 *    name for a formula: a text that looks like one gets a ' in front. Programs get what there is.
 *
 * Life cycle: table_init() -> table_separate(), table_add() -> table_print() -> table_release().
 */
#ifndef COMMON_FORMAT_TABLE_H
#define COMMON_FORMAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_format {
	TABLE_FORMAT_TEXT,
	TABLE_FORMAT_CSV,
	TABLE_FORMAT_JSON,
	TABLE_FORMAT_RAW_CSV, /* every cell as it is */
};

/* What stands above a row when people look at it. */
enum table_separator { TABLE_SEPARATOR_NONE, TABLE_SEPARATOR_BLANK, TABLE_SEPARATOR_RULE };

#define TABLE_COLUMNS_MAX 32

struct table_column {
	const char *name;
	bool numeric; /* points stand under each other; a bare number in JSON */
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX]; /* names are owned */
	size_t n_columns;
	char **cells; /* n_rows * n_columns */
	size_t n_rows;
	unsigned char *separator; /* enum table_separator of each row */
	size_t capacity;	  /* in rows */
	enum table_separator next;
};

/* "table", "csv", "json". False: no such format. */
bool table_format_parse(const char *name, enum table_format *ret);

/* -ENOMEM, or -E2BIG with too many columns. */
int table_init(struct table *table, const struct table_column *columns, size_t n_columns);

/* One row of n_columns cells. -ENOMEM. */
int table_add(struct table *table, const char *const *cells);

/* What stands above the row that is added next. */
void table_separate(struct table *table, enum table_separator separator);

/* A cell, NULL if it is. */
const char *table_cell(const struct table *table, size_t row, size_t column);

/* The whole table. -EIO when @out fails. */
int table_print(const struct table *table, enum table_format format, FILE *out);

void table_release(struct table *table);

#endif
