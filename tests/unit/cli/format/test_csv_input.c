/*
 * What must and what must not parse: each case gives a file and, line by line, what comes of it.
 */
#include "cli/format/csv_input.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct csv_column columns[] = {
	{"person", true},
	{"name", true},
	{"hub", false},
};

struct transcript {
	char text[4096];
	size_t used;
};

static void say(struct transcript *t, const char *text)
{
	t->used += (size_t)snprintf(t->text + t->used, sizeof(t->text) - t->used, "%s", text);
}

static int on_row(void *context, unsigned line, const char *const *fields)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%u:", line);
	say(context, number);
	for (size_t i = 0; i < 3; i++) {
		say(context, i ? "|" : "");
		say(context, fields[i]);
	}
	say(context, ";");
	return 0;
}

static void on_error(
	void *context, unsigned line, const char *column, const char *value, const char *reason)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "!%u:", line);
	say(context, number);
	if (column) {
		say(context, column);
		say(context, ":");
	}
	assert_null(value);
	say(context, reason);
	say(context, ";");
}

static void on_note(void *context, unsigned line, const char *text)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "?%u:", line);
	say(context, number);
	say(context, text);
	say(context, ";");
}

struct example {
	const char *title;
	const char *data;
	size_t size; /* 0: up to the NUL */
	const char *expected;
};

#define STRAY	 "stray quote: quote the whole field and double the quotes in it;"
#define TRAILING "empty fields behind the last column"
#define NOTHING	 "nothing but empty fields"
#define NUL	 "NUL byte: save the file as text in UTF-8;"
#define UTF16	 "UTF-16: save the file as UTF-8 (Excel: \"CSV UTF-8\");"
#define MISSING	 "unknown column, expected person,name,hub;"

static const struct example examples[] = {
	/* good */
	{"plain", "person,name,hub\np,n,h\n", 0, "2:p|n|h;"},
	{"no newline at the end", "person,name,hub\np,n,h", 0, "2:p|n|h;"},
	{"columns in another order", "hub,person,name\nh,p,n\n", 0, "2:p|n|h;"},
	{"optional column left out", "person,name\np,n\n", 0, "2:p|n|;"},
	{"header only", "person,name,hub\n", 0, ""},
	{"CRLF", "person,name,hub\r\np,n,h\r\nq,m,g\r\n", 0, "2:p|n|h;3:q|m|g;"},
	{"byte order mark", "\xef\xbb\xbfperson,name\np,n\n", 0, "2:p|n|;"},
	{"byte order mark before a quote", "\xef\xbb\xbf\"person\",name\np,n\n", 0, "2:p|n|;"},
	{"empty fields", "person,name,hub\np,,\n", 0, "2:p||;"},
	{"empty lines count but are no records", "\nperson,name\n\n\np,n\n\n", 0, "5:p|n|;"},
	{"quoted comma and quote", "person,name\np,\"a,\"\"b\"\"\"\n", 0, "2:p|a,\"b\"|;"},
	{"quoted newline: the record's first line counts", "person,name\np,\"a\nb\"\nq,m\n", 0,
		"2:p|a\nb|;4:q|m|;"},
	{"quoted empty line", "person,name\np,\"a\n\nb\"\nq,m\n", 0, "2:p|a\n\nb|;5:q|m|;"},
	{"quoted CRLF", "person,name\r\np,\"a\r\nb\"\r\n", 0, "2:p|a\r\nb|;"},
	{"spaces belong to the field", "person,name\n p , n \n", 0, "2: p | n |;"},
	{"trailing comma in a row", "person,name\np,n,\nq,m\n", 0,
		"2:p|n|;3:q|m|;?2:" TRAILING ": left out, in 1 line from here on;"},
	{"trailing commas everywhere", "person,name,,\np,n,,\nq,m,,\n", 0,
		"2:p|n|;3:q|m|;?1:" TRAILING ": left out, in 3 lines from here on;"},
	{"trailing comma in the header only", "person,name,\np,n\n", 0,
		"2:p|n|;?1:" TRAILING ": left out, in 1 line from here on;"},
	{"trailing commas beyond the limit",
		"person,name\np,n,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", 0,
		"2:p|n|;?2:" TRAILING ": left out, in 1 line from here on;"},
	{"rows of nothing", "person,name,hub\n,,\np,n,h\n,,\n\"\",,\n", 0,
		"3:p|n|h;?2:" NOTHING ": left out, in 3 lines from here on;"},
	{"a row of nothing above the header", ",,\nperson,name\np,n\n", 0,
		"3:p|n|;?1:" NOTHING ": left out, in 1 line from here on;"},
	{"semicolon in a field", "person,name\np,a;b\n", 0, "2:p|a;b|;"},
	{"UTF-8", "person,name\np,Zo\xc3\xab\n", 0, "2:p|Zo\xc3\xab|;"},
	/* bad */
	{"empty file", "", 0, "!1:empty, expected a line person,name,hub;"},
	{"only empty lines", "\n\r\n", 0, "!1:empty, expected a line person,name,hub;"},
	{"only a byte order mark", "\xef\xbb\xbf", 0, "!1:empty, expected a line person,name,hub;"},
	{"unknown column", "person,name,hbu\np,n,h\n", 0, "!1:hbu:" MISSING},
	{"column with a space", "person, name\np,n\n", 0,
		"!1: name:" MISSING "!1:name:column is missing;"},
	{"column twice", "person,name,name\np,n,n\n", 0, "!1:name:column given twice;"},
	{"missing column", "person,hub\np,h\n", 0, "!1:name:column is missing;"},
	{"too few fields", "person,name,hub\np,n\nq,m,g\n", 0,
		"!2:2 fields where the header has 3;3:q|m|g;"},
	{"too many fields", "person,name\np,n,x\n", 0, "!2:3 fields where the header has 2;"},
	{"one field", "person,name\np\n", 0, "!2:1 field where the header has 2;"},
	{"stray quote in a field", "person,name\np,a\"b\n", 0, "!2:" STRAY},
	{"text behind a quoted field", "person,name\np,\"a\"b\n", 0, "!2:" STRAY},
	{"space before a quote", "person,name\np, \"a\"\n", 0, "!2:" STRAY},
	{"unterminated quote", "person,name\nq,m\np,\"a\nb\nc\n", 0,
		"2:q|m|;!3:a quote is opened here but never closed;"},
	{"unterminated quote in the header", "person,\"name\n", 0,
		"!1:a quote is opened here but never closed;"},
	{"carriage return alone", "person,name\rp,n\r", 0, "!1:carriage return without line feed;"},
	{"carriage return in a row", "person,name\np,n\rq,m\r\n", 0,
		"2:p|n|;!2:carriage return without line feed;"},
	{"NUL byte", "person,name\np,a\0b\n", 18, "!2:" NUL},
	{"NUL byte in a quoted field", "person,name\np,\"a\n\0b\"\n", 21, "!3:" NUL},
	{"Latin-1", "person,name\np,Zo\xeb\n", 0, "!2:not UTF-8: save the file as UTF-8;"},
	{"overlong UTF-8", "person,name\np,\xc0\xaf\n", 0, "!2:not UTF-8: save the file as UTF-8;"},
	{"UTF-16", "\xff\xfep\0e\0", 6, "!1:" UTF16},
	{"UTF-16, big-endian", "\xfe\xff\0p\0e", 6, "!1:" UTF16},
	{"UTF-16 without a mark", "p\0e\0\n\0", 6, "!1:" NUL},
	{"a spreadsheet", "PK\x03\x04xyz\n", 0,
		"!1:a spreadsheet or archive: save it as CSV in UTF-8;"},
	{"an old spreadsheet", "\xd0\xcf\x11\xe0\n", 0,
		"!1:an Excel 97 spreadsheet: save it as CSV in UTF-8;"},
	{"semicolons", "person;name\np;n\n", 0,
		"!1:fields are separated by semicolons: save the file with commas;"},
	{"semicolons and quotes", "\"person\";\"name\"\n", 0,
		"!1:fields are separated by semicolons: save the file with commas;"},
	{"tabs", "person\tname\np\tn\n", 0,
		"!1:fields are separated by tabs: save the file with commas;"},
	{"empty column name", "person,,name\np,,n\n", 0, "!1::" MISSING},
	{"more fields than columns", "person,name\np,n,,x\n", 0,
		"!2:4 fields where the header has 2;"},
	{"nothing but empty fields", ",,\n", 0,
		"!1:empty, expected a line person,name,hub;?1:" NOTHING
		": left out, in 1 line from here on;"},
};

static void run_example(const struct example *example)
{
	struct transcript transcript = {0};
	const struct csv_handler handler = {
		.row = on_row, .error = on_error, .context = &transcript, .note = on_note};
	size_t size = example->size ? example->size : strlen(example->data);
	char *exact = malloc(size + 1); /* no NUL behind it: reading past the end is caught */
	char *data = exact;
	int r;

	assert_non_null(exact);
	data = realloc(exact, size ? size : 1);
	assert_non_null(data);
	memcpy(data, example->data, size);
	r = csv_input_parse(data, size, columns, 3, &handler);
	free(data);
	if (strcmp(transcript.text, example->expected) != 0)
		fail_msg("%s: got \"%s\", expected \"%s\"", example->title, transcript.text,
			example->expected);
	assert_int_equal(r, strchr(example->expected, '!') ? -EBADMSG : 0);
}

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		run_example(&examples[i]);
}

static int stop(void *context, unsigned line, const char *const *fields)
{
	(void)line;
	(void)fields;
	++*(int *)context;
	return -ENOSPC;
}

static void test_handler_ends_the_parse(void **state)
{
	static const char data[] = "person,name\np,n\nq,m\n";
	int calls = 0;
	const struct csv_handler handler = {.row = stop, .context = &calls};

	(void)state;
	assert_int_equal(csv_input_parse(data, strlen(data), columns, 3, &handler), -ENOSPC);
	assert_int_equal(calls, 1);
}

static void test_record_size_is_bounded(void **state)
{
	static const char head[] = "person,name\np,";
	struct transcript transcript = {0};
	const struct csv_handler handler = {
		.row = on_row, .error = on_error, .context = &transcript, .note = on_note};
	size_t size = 2u << 20;
	char *data = malloc(size);

	(void)state;
	assert_non_null(data);
	memset(data, 'x', size);
	memcpy(data, head, strlen(head));
	assert_int_equal(csv_input_parse(data, size, columns, 3, &handler), -EBADMSG);
	assert_string_equal(transcript.text, "!2:record is longer than 1 MiB;");
	free(data);
}

static void note_columns(void *context, const bool *is_given)
{
	memcpy(context, is_given, 3 * sizeof(bool));
}

static int ignore_row(void *context, unsigned line, const char *const *fields)
{
	(void)context;
	(void)line;
	(void)fields;
	return 0;
}

static void test_columns_given(void **state)
{
	bool is_given[3] = {false};
	const struct csv_handler handler = {
		.row = ignore_row, .context = is_given, .header = note_columns};
	const struct csv_column columns_of_three[] = {
		{"person", true}, {"tag", false}, {"hub", false}};

	(void)state;
	assert_int_equal(csv_input_parse("hub,person\n", 11, columns_of_three, 3, &handler), 0);
	assert_true(is_given[0] && !is_given[1] && is_given[2]);
}

static int say_names(void *context, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		say(context, names[i]);
		say(context, ";");
	}
	return 0;
}

static int end_at_names(void *context, const char *const *names, size_t count)
{
	(void)say_names(context, names, count);
	return -ECANCELED;
}

static void test_columns_of_another_system(void **state)
{
	static const char data[] = "password,hub,name,x,x,person\ns3cret,h,n,1,2,p\n";
	struct transcript transcript = {0};
	const struct csv_handler handler = {.row = on_row,
		.error = on_error,
		.context = &transcript,
		.names = say_names,
		.passes_over_unknown = true};

	(void)state;
	assert_int_equal(csv_input_parse(data, strlen(data), columns, 3, &handler), 0);
	assert_string_equal(transcript.text, "password;hub;name;x;x;person;2:p|n|h;");
}

static void test_names_end_the_parse(void **state)
{
	static const char data[] = "a,b\n1\n\"\n";
	struct transcript transcript = {0};
	const struct csv_handler handler = {.row = on_row,
		.error = on_error,
		.context = &transcript,
		.names = end_at_names,
		.passes_over_unknown = true};

	(void)state;
	assert_int_equal(csv_input_parse(data, strlen(data), NULL, 0, &handler), -ECANCELED);
	assert_string_equal(transcript.text, "a;b;");
	assert_int_equal(csv_input_parse("", 0, NULL, 0, &handler), -EBADMSG);
	assert_string_equal(transcript.text, "a;b;!1:empty, expected a line of column names;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_given),
		cmocka_unit_test(test_columns_of_another_system),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_handler_ends_the_parse),
		cmocka_unit_test(test_names_end_the_parse),
		cmocka_unit_test(test_record_size_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
