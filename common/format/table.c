/*
 * Columns line up by what a terminal shows, not by bytes, and the same rows leave as CSV or JSON
 * without a second path.
 */
#include "common/format/table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/format/safe_text.h"

const char *table_cell(const struct table *table, size_t row, size_t column)
{
	return table->cells[row * table->n_columns + column];
}

/* For people, who can't tell null from empty. */
static const char *shown(const struct table *table, size_t row, size_t column)
{
	const char *text = table_cell(table, row, column);

	return text ? text : "";
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
	struct table t = {0};

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
	unsigned char *separator;
	char **cells;

	if (table->n_rows < table->capacity)
		return 0;
	separator = reallocarray(table->separator, capacity, sizeof(*separator));
	if (!separator)
		return -ENOMEM;
	table->separator = separator;
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
		row[i] = cells[i] ? strdup(cells[i]) : NULL;
		if (cells[i] && !row[i]) {
			while (i--)
				free(row[i]);
			return -ENOMEM;
		}
	}
	table->separator[table->n_rows++] = (unsigned char)table->next;
	table->next = TABLE_SEPARATOR_NONE;
	return 0;
}

void table_separate(struct table *table, enum table_separator separator)
{
	table->next = separator;
}

/* A line of the table; blanks wait until something follows them. */
struct line {
	FILE *out;
	size_t blanks;
};

static void put_text(struct line *line, const char *text)
{
	for (; *text && line->blanks; line->blanks--)
		(void)putc(' ', line->out); /* table_print() asks ferror() */
	safe_text_print(text, line->out);
}

static void end_line(struct line *line)
{
	(void)putc('\n', line->out);
	line->blanks = 0;
}

/* How a column is laid out: a number's digits before the point, and its point with those behind. */
struct layout {
	size_t whole;
	size_t fraction;
};

static size_t fraction_width(const char *number)
{
	const char *point = strchr(number, '.');

	return point ? strlen(point) : 0;
}

static void widen(size_t *width, size_t wanted)
{
	if (wanted > *width)
		*width = wanted;
}

static void measure(const struct table *table, struct layout *ret_layout)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		struct layout layout = {0};
		size_t name = safe_text_width(table->columns[c].name);

		for (size_t r = 0; r < table->n_rows; r++) {
			const char *text = shown(table, r, c);
			size_t fraction = table->columns[c].numeric ? fraction_width(text) : 0;

			widen(&layout.whole, safe_text_width(text) - fraction);
			widen(&layout.fraction, fraction);
		}
		if (name > layout.whole + layout.fraction)
			layout.whole = name - layout.fraction;
		ret_layout[c] = layout;
	}
}

/* @fraction: width of what stands behind the place of the point, or of the whole column. */
static void put_aligned(struct line *line, const struct table_column *column,
	const struct layout *layout, const char *text, size_t fraction)
{
	size_t fill = layout->whole + layout->fraction - safe_text_width(text);
	size_t right = column->numeric ? layout->fraction - fraction : fill;

	line->blanks += fill - right;
	put_text(line, text);
	line->blanks += right + 2;
}

static void put_rule(const struct table *table, const struct layout *layout, FILE *out)
{
	struct line line = {.out = out};

	for (size_t c = 0; c < table->n_columns; c++) {
		for (size_t i = 0; i < layout[c].whole + layout[c].fraction; i++)
			put_text(&line, "-");
		line.blanks += 2;
	}
	end_line(&line);
}

static void put_separator(
	const struct table *table, size_t row, const struct layout *layout, FILE *out)
{
	switch ((enum table_separator)table->separator[row]) {
	case TABLE_SEPARATOR_NONE:
		break;
	case TABLE_SEPARATOR_BLANK:
		(void)putc('\n', out);
		break;
	case TABLE_SEPARATOR_RULE:
		put_rule(table, layout, out);
		break;
	}
}

static void print_text(const struct table *table, FILE *out)
{
	struct layout layout[TABLE_COLUMNS_MAX];
	struct line line = {.out = out};

	measure(table, layout);
	for (size_t c = 0; c < table->n_columns; c++)
		put_aligned(&line, &table->columns[c], &layout[c], table->columns[c].name,
			layout[c].fraction);
	end_line(&line);
	put_rule(table, layout, out);
	for (size_t r = 0; r < table->n_rows; r++) {
		if (r)
			put_separator(table, r, layout, out);
		for (size_t c = 0; c < table->n_columns; c++) {
			const char *text = shown(table, r, c);

			put_aligned(
				&line, &table->columns[c], &layout[c], text, fraction_width(text));
		}
		end_line(&line);
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

/* A text in a spreadsheet. Without memory it is left out: an empty cell harms nobody. */
static void put_safe_csv(FILE *out, const char *text)
{
	char *safe = NULL;
	size_t size;
	FILE *memory = open_memstream(&safe, &size);

	if (memory) {
		if (safe_text_is_formula(text))
			(void)putc('\'', memory);
		safe_text_print(text, memory);
		if (fclose(memory) == 0)
			put_csv(out, safe);
	}
	free(safe);
}

static void print_csv(const struct table *table, bool is_raw, FILE *out)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		(void)fputs(c ? "," : "", out);
		put_csv(out, table->columns[c].name);
	}
	(void)putc('\n', out);
	for (size_t r = 0; r < table->n_rows; r++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			(void)fputs(c ? "," : "", out);
			if (is_raw || table->columns[c].numeric)
				put_csv(out, shown(table, r, c));
			else
				put_safe_csv(out, shown(table, r, c));
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
	const char *text = table_cell(table, row, column);

	put_json_text(out, table->columns[column].name);
	(void)putc(':', out);
	if (!text || (table->columns[column].numeric && !*text))
		(void)fputs("null", out);
	else if (table->columns[column].numeric)
		(void)fputs(text, out);
	else
		put_json_text(out, text);
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
	case TABLE_FORMAT_RAW_CSV:
		print_csv(table, format == TABLE_FORMAT_RAW_CSV, out);
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
	free(table->separator);
	for (size_t i = 0; i < table->n_columns; i++)
		free((char *)(uintptr_t)table->columns[i].name); /* ours: see table_init() */
	*table = (struct table){0};
}
