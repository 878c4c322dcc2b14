/* Which column is what; how it is written is the page's. */
#include "cli/format/exposition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hubmeter/cleanup.h"

/* Into @ret, which has room for all columns. How many there are. */
static size_t labels_of(const struct table *rows, size_t row, struct metric_label *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n_columns; i++) {
		const char *cell = table_cell(rows, row, i);

		if (!rows->columns[i].numeric)
			ret[n++] = (struct metric_label){rows->columns[i].name, cell ? cell : ""};
	}
	return n;
}

static size_t find_column(const struct table *rows, const char *name)
{
	size_t i = 0;

	while (i < rows->n_columns && strcmp(rows->columns[i].name, name) != 0)
		i++;
	return i;
}

int exposition_put(struct page *page, const struct metric *metric, const struct table *rows)
{
	hm_cleanup(hm_freep) struct metric_label *labels =
		calloc(rows->n_columns + 1, sizeof(*labels));
	size_t column = find_column(rows, metric->name);

	if (!labels)
		return -ENOMEM;
	for (size_t row = 0; row < rows->n_rows && column < rows->n_columns; row++) {
		const char *figure = table_cell(rows, row, column);

		if (figure)
			page_put_text(page, metric, labels, labels_of(rows, row, labels), figure);
	}
	return page_is_whole(page) ? 0 : -ENOMEM;
}
