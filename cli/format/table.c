/*
 * Why: columns line up by what a terminal shows, not by bytes, and the same rows leave as CSV or
 * JSON without a second path.
 */
#include "cli/format/table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

static const char *cell(const struct table *table, size_t row, size_t column)
{
	return table->cells[row * table->n_columns + column];
}

bool table_format_parse(const char *name, enum table_format *ret)
{
	static const char *const names[] = {
		[TABLE_FORMAT_TEXT] = "table",
		[TABLE_FORMAT_CSV] = "csv",
		[TABLE_FORMAT_JSON] = "json",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum table_format)i;
			return true;
		}
	}
	return false;
}

int table_init(struct table *table, const struct table_column *columns, size_t n_columns)
{
	struct table t = {.rule = SIZE_MAX};

	if (n_columns > TABLE_COLUMNS_MAX)
		return -E2BIG;
	for (; t.n_columns < n_columns; t.n_columns++) {
		const struct table_column *column = &columns[t.n_columns];
		char *name = strdup(column->name);

		if (!name) {
			table_release(&t);
			return -ENOMEM;
		}
		t.columns[t.n_columns] = (struct table_column){name, column->numeric};
	}

	*table = t;
	return 0;
}

static int grow(struct table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : 32;
	char **cells;

	if (table->n_rows < table->capacity)
		return 0;
	cells = reallocarray(table->cells, capacity * table->n_columns, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	table->cells = cells;
	table->capacity = capacity;
	return 0;
}

int table_add(struct table *table, const char *const *cells)
{
	char **row;
	int r = grow(table);

	if (r < 0)
		return r;
	row = table->cells + table->n_rows * table->n_columns;
	for (size_t i = 0; i < table->n_columns; i++) {
		row[i] = strdup(cells[i]);
		if (!row[i]) {
			while (i--)
				free(row[i]);
			return -ENOMEM;
		}
	}
	table->n_rows++;
	return 0;
}

void table_rule(struct table *table)
{
	table->rule = table->n_rows;
}

static void pad(FILE *out, size_t count)
{
	while (count--)
		(void)putc(' ', out); /* table_print() asks ferror() */
}

/* Control characters would move the cursor: shown as '?'. */
static void put_visible(FILE *out, const char *text)
{
	for (; *text; text++)
		(void)putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static void put_aligned(
	const struct table *table, const size_t *width, size_t column, const char *text, FILE *out)
{
	size_t fill = width[column] - utf8_width(text);
	bool last = column + 1 == table->n_columns;

	if (column)
		pad(out, 2);
	if (table->columns[column].numeric)
		pad(out, fill);
	put_visible(out, text);
	if (!table->columns[column].numeric && !last)
		pad(out, fill);
}

static void measure(const struct table *table, size_t *ret_width)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		ret_width[c] = utf8_width(table->columns[c].name);
		for (size_t r = 0; r < table->n_rows; r++) {
			size_t width = utf8_width(cell(table, r, c));

			if (width > ret_width[c])
				ret_width[c] = width;
		}
	}
}

static void put_rule(const struct table *table, const size_t *width, FILE *out)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		if (c)
			pad(out, 2);
		for (size_t i = 0; i < width[c]; i++)
			(void)putc('-', out);
	}
	(void)putc('\n', out);
}

static void print_text(const struct table *table, FILE *out)
{
	size_t width[TABLE_COLUMNS_MAX];

	measure(table, width);
	for (size_t c = 0; c < table->n_columns; c++)
		put_aligned(table, width, c, table->columns[c].name, out);
	(void)putc('\n', out);
	put_rule(table, width, out);
	for (size_t r = 0; r < table->n_rows; r++) {
		if (r == table->rule && r)
			put_rule(table, width, out);
		for (size_t c = 0; c < table->n_columns; c++)
			put_aligned(table, width, c, cell(table, r, c), out);
		(void)putc('\n', out);
	}
}

static void put_csv(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		(void)fputs(text, out);
		return;
	}
	(void)putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)putc('"', out);
		(void)putc(*text, out);
	}
	(void)putc('"', out);
}

static void print_csv(const struct table *table, FILE *out)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		(void)fputs(c ? "," : "", out);
		put_csv(out, table->columns[c].name);
	}
	(void)putc('\n', out);
	for (size_t r = 0; r < table->n_rows; r++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			(void)fputs(c ? "," : "", out);
			put_csv(out, cell(table, r, c));
		}
		(void)putc('\n', out);
	}
}

static void put_json_text(FILE *out, const char *text)
{
	(void)putc('"', out);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			(void)fprintf(out, "\\%c", byte);
		else if (byte < 0x20)
			(void)fprintf(out, "\\u%04x", byte);
		else
			(void)putc(byte, out);
	}
	(void)putc('"', out);
}

static void put_json_value(const struct table *table, size_t row, size_t column, FILE *out)
{
	const char *text = cell(table, row, column);

	put_json_text(out, table->columns[column].name);
	(void)putc(':', out);
	if (!table->columns[column].numeric)
		put_json_text(out, text);
	else
		(void)fputs(*text ? text : "null", out);
}

static void print_json(const struct table *table, FILE *out)
{
	(void)putc('[', out);
	for (size_t r = 0; r < table->n_rows; r++) {
		(void)fputs(r ? ",\n {" : "{", out);
		for (size_t c = 0; c < table->n_columns; c++) {
			(void)fputs(c ? "," : "", out);
			put_json_value(table, r, c, out);
		}
		(void)putc('}', out);
	}
	(void)fputs("]\n", out);
}

int table_print(const struct table *table, enum table_format format, FILE *out)
{
	switch (format) {
	case TABLE_FORMAT_TEXT:
		print_text(table, out);
		break;
	case TABLE_FORMAT_CSV:
		print_csv(table, out);
		break;
	case TABLE_FORMAT_JSON:
		print_json(table, out);
		break;
	}
	return ferror(out) ? -EIO : 0;
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
		free(table->cells[i]);
	free(table->cells);
	for (size_t i = 0; i < table->n_columns; i++)
		free((char *)(uintptr_t)table->columns[i].name); /* ours: see table_init() */
	*table = (struct table){.rule = SIZE_MAX};
}
