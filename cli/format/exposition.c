/* Names of departments and funds are what people typed: they end a label's value only when they are
 * over. */
#include "cli/format/exposition.h"

#include <stdbool.h>
#include <string.h>

static void print_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\n') {
			(void)fputs("\\n", out);
			continue;
		}
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
}

static void print_labels(const struct table *rows, size_t row, FILE *out)
{
	const char *before = "{";

	for (size_t i = 0; i < rows->n_columns; i++) {
		const char *cell = table_cell(rows, row, i);

		if (rows->columns[i].numeric)
			continue;
		(void)fprintf(out, "%s%s=\"", before, rows->columns[i].name);
		print_escaped(cell ? cell : "", out);
		(void)fputc('"', out);
		before = ",";
	}
	if (*before == ',')
		(void)fputc('}', out);
}

static size_t find_column(const struct table *rows, const char *name)
{
	size_t i = 0;

	while (i < rows->n_columns && strcmp(rows->columns[i].name, name) != 0)
		i++;
	return i;
}

void exposition_print(const struct exposition_metric *metric, const struct table *rows, FILE *out)
{
	size_t column = find_column(rows, metric->name);
	bool has_sample = false;

	for (size_t row = 0; row < rows->n_rows && column < rows->n_columns; row++) {
		const char *figure = table_cell(rows, row, column);

		if (!figure)
			continue;
		if (!has_sample)
			(void)fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric->name,
				metric->help, metric->name);
		has_sample = true;
		(void)fputs(metric->name, out);
		print_labels(rows, row, out);
		(void)fprintf(out, " %s\n", figure);
	}
}
