/*
 * One object a line by yajl, whose numbers come as text. A key is a column, null or no key is
 * nothing given.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "collector/source/command/text_private.h"
#include "common/buffer.h"

#define RECORD_MAX ((size_t)1 << 20)

struct json_reader {
	struct text_sink *sink;
	struct buffer record; /* its values, each with a NUL */
	size_t value[USAGE_COLUMN_COUNT];
	bool is_given[USAGE_COLUMN_COUNT];
	enum usage_column column; /* of the value that comes next */
	uint32_t line;
	bool is_inside; /* of the object */
	int error;
};

static int fail(struct json_reader *reader, const char *what)
{
	reader->error = text_refuse(reader->sink, reader->line, "%s", what);
	return 0; /* yajl stops */
}

static int on_start(void *context)
{
	struct json_reader *reader = context;

	if (reader->is_inside)
		return fail(reader, "an object inside the object");
	reader->is_inside = true;
	return 1;
}

static int on_end(void *context)
{
	(void)context;
	return 1;
}

static int on_array(void *context)
{
	return fail(context, "a list where a column's value or an object is expected");
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
	struct json_reader *reader = context;
	char name[64];

	if (size < sizeof(name)) {
		memcpy(name, key, size);
		name[size] = '\0';
		if (usage_column_find(name, &reader->column)) {
			if (!reader->is_given[reader->column])
				return 1;
			return fail(reader, "a column is there twice");
		}
	}
	reader->error = text_refuse(reader->sink, reader->line, "no column is called \"%.*s\"",
		(int)(size < 100 ? size : 100), (const char *)key);
	return 0;
}

static int take_value(struct json_reader *reader, const char *text, size_t size)
{
	if (!reader->is_inside)
		return fail(reader, "not an object");
	if (memchr(text, '\0', size))
		return fail(reader, "a NUL in a text");
	reader->is_given[reader->column] = true;
	reader->value[reader->column] = reader->record.size;
	reader->error = buffer_append(&reader->record, text, size);
	if (reader->error == 0)
		reader->error = buffer_append(&reader->record, "", 1);
	return reader->error == 0;
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
	return take_value(context, (const char *)text, size);
}

static int on_number(void *context, const char *text, size_t size)
{
	return take_value(context, text, size);
}

static int on_null(void *context)
{
	struct json_reader *reader = context;

	return reader->is_inside ? 1 : fail(reader, "not an object");
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return fail(context, "true or false where a text or a number is expected");
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

static int finish_record(struct json_reader *reader)
{
	const char *fields[USAGE_COLUMN_COUNT];

	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++)
		fields[i] = reader->is_given[i]
				    ? (const char *)reader->record.data + reader->value[i]
				    : "";
	return text_take_record(reader->sink, reader->line, fields);
}

static int parse_line(struct json_reader *reader, const char *line, size_t size)
{
	yajl_handle parser = yajl_alloc(&callbacks, NULL, reader);
	yajl_status status;

	if (!parser)
		return -ENOMEM;
	status = yajl_parse(parser, (const unsigned char *)line, size);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parser);
	yajl_free(parser);
	if (reader->error < 0)
		return reader->error;
	if (status != yajl_status_ok)
		return text_refuse(reader->sink, reader->line, "not one whole JSON object");
	return finish_record(reader);
}

int text_parse_json(const char *data, size_t size, struct text_sink *sink)
{
	struct json_reader reader = {.sink = sink, .record = BUFFER_INIT(RECORD_MAX)};
	const char *end = data + size;
	int r = 0;

	while (data < end && r == 0) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t length = (size_t)((newline ? newline : end) - data);

		reader.line++;
		reader.is_inside = false;
		memset(reader.is_given, 0, sizeof(reader.is_given));
		buffer_clear(&reader.record);
		if (strspn(data, " \t\r") < length)
			r = parse_line(&reader, data, length);
		data += length + (newline ? 1 : 0);
	}
	buffer_release(&reader.record);
	return r;
}
