/*
 * Whatever a file holds, parsing it ends in errors or in rows that keep the law: written again with
 * every field quoted, they parse to themselves.
 *
 * Built and run as fuzz_wire.c; the corpus may start empty.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/format/csv_input.h"
#include "common/buffer.h"

#define N_COLUMNS 3

static const struct csv_column columns[N_COLUMNS] = {
	{"person", true},
	{"name", true},
	{"hub", false},
};

struct pass {
	struct buffer quoted; /* the rows as CSV */
	size_t errors;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void append(struct buffer *out, const char *text, size_t size)
{
	must(buffer_append(out, text, size) == 0);
}

static void append_quoted(struct buffer *out, const char *field)
{
	append(out, "\"", 1);
	for (; *field; field++)
		append(out, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
	append(out, "\"", 1);
}

static int on_row(void *context, unsigned line, const char *const *fields)
{
	struct pass *pass = context;

	must(line > 0);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		if (i)
			append(&pass->quoted, ",", 1);
		append_quoted(&pass->quoted, fields[i]);
	}
	append(&pass->quoted, "\n", 1);
	return 0;
}

static void on_error(
	void *context, unsigned line, const char *column, const char *value, const char *reason)
{
	struct pass *pass = context;

	(void)column;
	(void)value;
	must(line > 0 && *reason);
	pass->errors++;
}

static void on_note(void *context, unsigned line, const char *text)
{
	(void)context;
	must(line > 0 && *text);
}

static struct pass parse(const void *data, size_t size)
{
	static const char header[] = "person,name,hub\n";
	struct pass pass = {.quoted = BUFFER_INIT(SIZE_MAX / 2)};
	const struct csv_handler handler = {
		.row = on_row, .error = on_error, .context = &pass, .note = on_note};
	int r;

	append(&pass.quoted, header, sizeof(header) - 1);
	r = csv_input_parse(data, size, columns, N_COLUMNS, &handler);
	must((r == 0) == (pass.errors == 0));
	return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pass first = parse(data, size);
	struct pass second = parse(first.quoted.data, first.quoted.size);

	must(second.errors == 0);
	must(first.quoted.size == second.quoted.size);
	must(memcmp(first.quoted.data, second.quoted.data, first.quoted.size) == 0);
	buffer_release(&first.quoted);
	buffer_release(&second.quoted);
	return 0;
}
