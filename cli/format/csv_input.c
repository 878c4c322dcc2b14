/*
 * libcsv splits fields but knows neither lines nor headers. It is fed one physical line at a
 * time, so that every record can be told by the line it begins on:
 *
 *	line 7   ada,"12 Main       <- record 7 begins
 *	line 8   Street",x          <- record 7 ends
 */
#include "cli/format/csv_input.h"

#include <csv.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/utf8.h"

#define RECORD_SIZE_MAX (1u << 20)
#define NOT_GIVEN	SIZE_MAX

/* What was left out. */
struct skipped {
	unsigned count;
	unsigned first_line;
};

struct parse {
	const struct csv_column *columns;
	size_t n_columns;
	const struct csv_handler *handler;

	struct csv_parser csv;
	unsigned line;	      /* of the bytes being fed */
	unsigned record_line; /* where the record began */
	bool in_record;
	bool have_header;
	unsigned ends_in_line; /* records that ended in this physical line */
	bool line_ends_crlf;

	struct buffer text; /* the record's fields, each with its NUL */
	size_t n_fields;
	size_t n_used;			      /* of these, up to the last that is not empty */
	size_t offset[CSV_INPUT_COLUMNS_MAX]; /* of field i in text */
	size_t source[CSV_INPUT_COLUMNS_MAX]; /* field that holds column i */
	size_t n_header;
	struct buffer names; /* of the header's fields, where extra() wants them */
	size_t name_of[CSV_INPUT_COLUMNS_MAX]; /* in names; NOT_GIVEN: a declared column */

	struct skipped empty_records, trailing_fields;

	bool bad;
	int r;
};

static void *complaints(const struct parse *p)
{
	return p->handler->complaints ? p->handler->complaints : p->handler->context;
}

static void complain(struct parse *p, unsigned line, const char *column, const char *reason)
{
	p->handler->error(complaints(p), line, column, NULL, reason);
	p->bad = true;
}

static void on_field(void *data, size_t size, void *context)
{
	struct parse *p = context;

	if (p->n_fields < CSV_INPUT_COLUMNS_MAX)
		p->offset[p->n_fields] = p->text.size;
	p->n_fields++;
	if (size)
		p->n_used = p->n_fields;
	if (p->r == 0)
		p->r = buffer_append(&p->text, data, size);
	if (p->r == 0)
		p->r = buffer_append(&p->text, "", 1);
}

static const char *field(const struct parse *p, size_t index)
{
	return (const char *)p->text.data + p->offset[index];
}

static size_t find_column(const struct parse *p, const char *name)
{
	for (size_t i = 0; i < p->n_columns; i++) {
		if (strcmp(p->columns[i].name, name) == 0)
			return i;
	}
	return NOT_GIVEN;
}

static void expected_columns(const struct parse *p, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->n_columns && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i ? "," : "", p->columns[i].name);
}

static void complain_unknown(struct parse *p, const char *name)
{
	char expected[512];
	char reason[600];

	expected_columns(p, expected, sizeof(expected));
	(void)snprintf(reason, sizeof(reason), "unknown column, expected %s", expected);
	complain(p, p->record_line, name, reason);
}

static void skip(struct parse *p, struct skipped *skipped)
{
	if (!skipped->count++)
		skipped->first_line = p->record_line;
}

static void hand_header_on(const struct parse *p)
{
	bool is_given[CSV_INPUT_COLUMNS_MAX];

	for (size_t i = 0; i < p->n_columns; i++)
		is_given[i] = p->source[i] != NOT_GIVEN;
	p->handler->header(p->handler->context, is_given);
}

/* A column that is nobody's: an error, or handed on as it is. */
static void take_unknown(struct parse *p, size_t index)
{
	const char *name = field(p, index);

	if (!p->handler->extra) {
		complain_unknown(p, name);
		return;
	}
	p->name_of[index] = p->names.size;
	if (p->r == 0)
		p->r = buffer_append(&p->names, name, strlen(name) + 1);
}

static int hand_names_on(const struct parse *p, size_t count)
{
	const char *names[CSV_INPUT_COLUMNS_MAX];

	for (size_t i = 0; i < count; i++)
		names[i] = field(p, i);
	return p->handler->names(p->handler->context, names, count);
}

static void place_columns(struct parse *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t column = find_column(p, field(p, i));

		p->name_of[i] = NOT_GIVEN;
		if (column == NOT_GIVEN && p->handler->passes_over_unknown)
			continue;
		if (column == NOT_GIVEN)
			take_unknown(p, i);
		else if (p->source[column] != NOT_GIVEN)
			complain(p, p->record_line, field(p, i), "column given twice");
		else
			p->source[column] = i;
	}
}

static void take_header(struct parse *p)
{
	size_t given = p->n_used < CSV_INPUT_COLUMNS_MAX ? p->n_used : CSV_INPUT_COLUMNS_MAX;

	if (p->n_used > given)
		complain(p, p->record_line, NULL, "too many columns");
	if (p->handler->names) {
		p->r = hand_names_on(p, given);
		if (p->r < 0)
			return;
	}
	place_columns(p, given);
	for (size_t i = 0; i < p->n_columns; i++) {
		if (p->columns[i].required && p->source[i] == NOT_GIVEN)
			complain(p, p->record_line, p->columns[i].name, "column is missing");
	}
	if (p->n_fields > p->n_used)
		skip(p, &p->trailing_fields);
	p->n_header = p->n_used;
	p->have_header = true;
	if (p->bad)
		p->r = -EBADMSG;
	else if (p->handler->header)
		hand_header_on(p);
}

static void hand_extra_on(const struct parse *p)
{
	for (size_t i = 0; i < p->n_header; i++) {
		if (p->name_of[i] != NOT_GIVEN && *field(p, i))
			p->handler->extra(p->handler->context,
				(const char *)p->names.data + p->name_of[i], field(p, i));
	}
}

static void take_row(struct parse *p)
{
	const char *fields[CSV_INPUT_COLUMNS_MAX];
	char reason[96];

	if (p->n_fields > p->n_header && p->n_used <= p->n_header) {
		skip(p, &p->trailing_fields);
		p->n_fields = p->n_header;
	}
	if (p->n_fields != p->n_header) {
		(void)snprintf(reason, sizeof(reason), "%zu field%s where the header has %zu",
			p->n_fields, p->n_fields == 1 ? "" : "s", p->n_header);
		complain(p, p->record_line, NULL, reason);
		return;
	}
	for (size_t i = 0; i < p->n_columns; i++)
		fields[i] = p->source[i] == NOT_GIVEN ? "" : field(p, p->source[i]);
	if (p->handler->extra)
		hand_extra_on(p);
	p->r = p->handler->row(p->handler->context, p->record_line, fields);
}

static bool is_lone_return(const struct parse *p, int terminator)
{
	return p->ends_in_line > 1 || (terminator == '\r' && !p->line_ends_crlf);
}

static void on_record(int terminator, void *context)
{
	struct parse *p = context;

	p->in_record = false;
	p->ends_in_line++;
	if (p->r == 0 && is_lone_return(p, terminator)) {
		complain(p, p->line, NULL, "carriage return without line feed");
		p->r = -EBADMSG;
	}
	if (p->r == 0) {
		if (!p->n_used)
			skip(p, &p->empty_records);
		else if (p->have_header)
			take_row(p);
		else
			take_header(p);
	}
	buffer_clear(&p->text);
	p->n_fields = p->n_used = 0;
}

static bool has(const char *line, size_t size, char c)
{
	return memchr(line, c, size) != NULL;
}

/* What libcsv would let through, or would say less clearly. */
static const char *line_fault(const struct parse *p, const char *line, size_t size)
{
	if (has(line, size, '\0'))
		return "NUL byte: save the file as text in UTF-8";
	if (!p->have_header && !p->in_record && !has(line, size, ',')) {
		if (has(line, size, ';'))
			return "fields are separated by semicolons: save the file with commas";
		if (has(line, size, '\t'))
			return "fields are separated by tabs: save the file with commas";
	}
	if (utf8_valid_size(line, size) < size)
		return "not UTF-8: save the file as UTF-8";
	return NULL;
}

static bool is_blank(const char *line, size_t size)
{
	while (size && (line[size - 1] == '\r' || line[size - 1] == '\n'))
		size--;
	return size == 0;
}

static int feed_line(struct parse *p, const char *line, size_t size)
{
	const char *fault = line_fault(p, line, size);

	p->ends_in_line = 0;
	p->line_ends_crlf = size >= 2 && line[size - 2] == '\r' && line[size - 1] == '\n';
	if (!p->in_record && is_blank(line, size))
		return 0;
	if (!p->in_record)
		p->record_line = p->line;
	if (fault) {
		complain(p, p->line, NULL, fault);
		return -EBADMSG;
	}
	p->in_record = true;
	if (csv_parse(&p->csv, line, size, on_field, on_record, p) != size && p->r == 0) {
		if (csv_error(&p->csv) != CSV_EPARSE)
			return -ENOMEM;
		complain(p, p->line, NULL,
			"stray quote: quote the whole field and double the quotes in it");
		return -EBADMSG;
	}
	return p->r;
}

static int feed_lines(struct parse *p, const char *data, size_t size)
{
	const char *end = data + size;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *next = newline ? newline + 1 : end;
		int r;

		p->line++;
		r = feed_line(p, data, (size_t)(next - data));
		if (r < 0)
			return r;
		data = next;
	}
	return 0;
}

/* What the whole of @data is, where that is not CSV in UTF-8. */
static const char *file_fault(const char *data, size_t size)
{
	static const struct {
		const char *start;
		size_t size;
		const char *fault;
	} kinds[] = {
		{"\xff\xfe", 2, "UTF-16: save the file as UTF-8 (Excel: \"CSV UTF-8\")"},
		{"\xfe\xff", 2, "UTF-16: save the file as UTF-8 (Excel: \"CSV UTF-8\")"},
		{"PK\x03\x04", 4, "a spreadsheet or archive: save it as CSV in UTF-8"},
		{"\xd0\xcf\x11\xe0", 4, "an Excel 97 spreadsheet: save it as CSV in UTF-8"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (size >= kinds[i].size && memcmp(data, kinds[i].start, kinds[i].size) == 0)
			return kinds[i].fault;
	}
	return NULL;
}

static void note(const struct parse *p, const struct skipped *skipped, const char *what)
{
	char text[160];

	if (!skipped->count || !p->handler->note)
		return;
	(void)snprintf(text, sizeof(text), "%s: left out, in %u line%s from here on", what,
		skipped->count, skipped->count == 1 ? "" : "s");
	p->handler->note(complaints(p), skipped->first_line, text);
}

static void put_notes(const struct parse *p)
{
	note(p, &p->trailing_fields, "empty fields behind the last column");
	note(p, &p->empty_records, "nothing but empty fields");
}

static int finish(struct parse *p)
{
	char reason[600];
	char expected[512];

	p->ends_in_line = 0;
	if (csv_fini(&p->csv, on_field, on_record, p) != 0) {
		complain(p, p->record_line, NULL, "a quote is opened here but never closed");
		return -EBADMSG;
	}
	if (!p->have_header && p->r == 0) {
		expected_columns(p, expected, sizeof(expected));
		(void)snprintf(reason, sizeof(reason), "empty, expected a line %s",
			*expected ? expected : "of column names");
		complain(p, 1, NULL, reason);
	}
	if (p->r < 0)
		return p->r;
	return p->bad ? -EBADMSG : 0;
}

static int never_space(unsigned char byte)
{
	(void)byte;
	return 0;
}

int csv_input_parse(const char *data, size_t size, const struct csv_column *columns,
	size_t n_columns, const struct csv_handler *handler)
{
	struct parse p = {
		.columns = columns,
		.n_columns = n_columns,
		.handler = handler,
		.text = BUFFER_INIT(RECORD_SIZE_MAX),
		.names = BUFFER_INIT(RECORD_SIZE_MAX),
	};
	int r;

	if (n_columns > CSV_INPUT_COLUMNS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n_columns; i++)
		p.source[i] = NOT_GIVEN;
	if (file_fault(data, size)) {
		complain(&p, 1, NULL, file_fault(data, size));
		return -EBADMSG;
	}
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		size -= 3;
	}
	if (csv_init(&p.csv, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return -EINVAL;
	csv_set_space_func(&p.csv, never_space);
	csv_set_blk_size(&p.csv, 65536); /* its 128 bytes make long fields quadratic */
	r = feed_lines(&p, data, size);
	if (r == 0)
		r = finish(&p);
	put_notes(&p);
	csv_free(&p.csv);
	buffer_release(&p.text);
	buffer_release(&p.names);
	if (r == -E2BIG) {
		complain(&p, p.record_line, NULL, "record is longer than 1 MiB");
		r = -EBADMSG;
	}
	return r;
}

const char *csv_input_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libcsv %d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
	return text;
}
