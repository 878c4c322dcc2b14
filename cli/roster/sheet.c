/* Exports name their files as they like, and have columns more or less from version to version. */
#include "cli/roster/sheet.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cli/format/copy_text.h"
#include "cli/format/csv_input.h"

#define COPY_LIMIT (4ul * ROSTER_SIZE_LIMIT)

struct search {
	struct sheet *sheet;
	const struct roster_kinds *kinds;
};

static bool has(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool has_mark(
	const struct roster_kind *kind, unsigned mark, const char *const *names, size_t count)
{
	for (size_t i = 0; i < kind->n_columns; i++) {
		if (kind->mark[i] == mark && has(names, count, kind->column[i]))
			return true;
	}
	return false;
}

static bool matches(const struct roster_kind *kind, const char *const *names, size_t count)
{
	for (size_t i = 0; i < kind->n_columns; i++) {
		if (kind->mark[i] && !has_mark(kind, kind->mark[i], names, count))
			return false;
	}
	return true;
}

static int find_kind(void *context, const char *const *names, size_t count)
{
	struct search *search = context;

	for (size_t i = 0; i < search->kinds->count && !search->sheet->kind; i++) {
		if (matches(&search->kinds->kind[i], names, count))
			search->sheet->kind = &search->kinds->kind[i];
	}
	return -ECANCELED; /* the rows are for later */
}

static int never_row(void *context, unsigned line, const char *const *fields)
{
	(void)context, (void)line, (void)fields;
	return -ECANCELED;
}

int sheet_open(
	struct sheet *sheet, const struct roster_file *file, const struct roster_kinds *kinds)
{
	struct search search = {.sheet = sheet, .kinds = kinds};
	const struct csv_handler handler = {.row = never_row,
		.error = input_errors_put,
		.complaints = &sheet->errors,
		.context = &search,
		.names = find_kind,
		.passes_over_unknown = true};
	int r;

	*sheet = (struct sheet){
		.file = file,
		.errors = {.path = file->name},
		.copy = BUFFER_INIT(COPY_LIMIT),
	};
	r = csv_input_parse(file->data, file->size, NULL, 0, &handler);
	return r == -ECANCELED ? 0 : r;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct sheet *sheet = context;
	int r = copy_text_field(&sheet->copy, sheet->file->name);

	if (r == 0)
		r = copy_text_number(&sheet->copy, line);
	for (size_t i = 0; i < sheet->kind->n_columns && r == 0; i++)
		r = copy_text_field(&sheet->copy, fields[i]);
	if (r < 0)
		return r;
	copy_text_end(&sheet->copy);
	sheet->rows++;
	return 0;
}

int sheet_read(struct sheet *sheet)
{
	const struct csv_handler handler = {.row = take_row,
		.error = input_errors_put,
		.complaints = &sheet->errors,
		.context = sheet,
		.note = input_errors_note,
		.passes_over_unknown = true};
	struct csv_column columns[ROSTER_COLUMNS_MAX];

	for (size_t i = 0; i < sheet->kind->n_columns; i++)
		columns[i] = (struct csv_column){sheet->kind->column[i], false};
	return csv_input_parse(
		sheet->file->data, sheet->file->size, columns, sheet->kind->n_columns, &handler);
}

void sheet_release(struct sheet *sheet)
{
	buffer_release(&sheet->copy);
}
