/* RFC 4180 by libcsv: the first line names the columns, in any order. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <csv.h>

#include "collector/source/command/text_private.h"
#include "common/buffer.h"

#define RECORD_MAX ((size_t)1 << 20)

struct csv_reader {
	struct text_sink *sink;
	struct buffer record;			      /* its fields, each with a NUL */
	size_t field[USAGE_COLUMN_COUNT];	      /* where in the record */
	enum usage_column column[USAGE_COLUMN_COUNT]; /* of the fields, from the header */
	size_t n_columns;
	size_t n_fields;
	bool is_header;
	uint32_t line; /* of the record */
	uint32_t next_line;
	int error;
};

static int take_header_field(struct csv_reader *reader, const char *name)
{
	enum usage_column column;

	if (!usage_column_find(name, &column))
		return text_refuse(reader->sink, 1, "no column is called \"%.100s\"", name);
	for (size_t i = 0; i < reader->n_columns; i++)
		if (reader->column[i] == column)
			return text_refuse(reader->sink, 1, "column \"%s\" is there twice", name);
	reader->column[reader->n_columns++] = column;
	return 0;
}

static int finish_header(struct csv_reader *reader)
{
	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++) {
		bool is_there = !usage_columns[i].required;

		for (size_t j = 0; j < reader->n_columns; j++)
			is_there |= reader->column[j] == (enum usage_column)i;
		if (!is_there)
			return text_refuse(
				reader->sink, 1, "column \"%s\" is missing", usage_columns[i].name);
	}
	reader->is_header = false;
	return 0;
}

static void on_field(void *data, size_t size, void *context)
{
	struct csv_reader *reader = context;

	if (reader->error < 0)
		return;
	if (reader->is_header) {
		reader->error = take_header_field(reader, data); /* ends with NUL, see csv_init() */
		return;
	}
	if (reader->n_fields == reader->n_columns) {
		reader->error = text_refuse(reader->sink, reader->line,
			"more fields than the %zu of the header", reader->n_columns);
		return;
	}
	reader->field[reader->n_fields++] = reader->record.size;
	reader->error = buffer_append(&reader->record, data, size + 1);
	if (reader->error == -E2BIG)
		reader->error = text_refuse(reader->sink, reader->line, "a record of over 1 MiB");
}

static int finish_record(struct csv_reader *reader)
{
	const char *fields[USAGE_COLUMN_COUNT];

	if (reader->is_header)
		return finish_header(reader);
	if (reader->n_fields == 0)
		return 0; /* an empty line */
	if (reader->n_fields < reader->n_columns)
		return text_refuse(reader->sink, reader->line, "%zu fields, the header has %zu",
			reader->n_fields, reader->n_columns);
	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++)
		fields[i] = "";
	for (size_t i = 0; i < reader->n_fields; i++)
		fields[reader->column[i]] = (const char *)reader->record.data + reader->field[i];
	return text_take_record(reader->sink, reader->line, fields);
}

static void on_record(int terminator, void *context)
{
	struct csv_reader *reader = context;

	(void)terminator;
	if (reader->error == 0)
		reader->error = finish_record(reader);
	buffer_clear(&reader->record);
	reader->n_fields = 0;
	reader->line = reader->next_line;
}

/* Line by line, so that errors can say which; a record in quotes may go over several. */
static int parse_lines(
	struct csv_parser *parser, const char *data, size_t size, struct csv_reader *reader)
{
	const char *end = data + size;

	while (data < end && reader->error == 0) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t length = (size_t)((newline ? newline + 1 : end) - data);

		reader->next_line++;
		if (csv_parse(parser, data, length, on_field, on_record, reader) != length)
			return csv_error(parser) == CSV_EPARSE
				       ? text_refuse(reader->sink, reader->line, "a stray quote")
				       : -ENOMEM;
		data += length;
	}
	if (reader->error == 0 && csv_fini(parser, on_field, on_record, reader) != 0)
		return text_refuse(reader->sink, reader->line, "a quote that is not closed");
	return reader->error;
}

int text_parse_csv(const char *data, size_t size, struct text_sink *sink)
{
	struct csv_reader reader = {.sink = sink,
		.record = BUFFER_INIT(RECORD_MAX),
		.is_header = true,
		.line = 1,
		.next_line = 1};
	struct csv_parser parser;
	int r;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return -ENOMEM;
	r = parse_lines(&parser, data, size, &reader);
	if (r == 0 && reader.is_header && size > 0)
		r = text_refuse(sink, 1, "no header");
	csv_free(&parser);
	buffer_release(&reader.record);
	return r;
}
