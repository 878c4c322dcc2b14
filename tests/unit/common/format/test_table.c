/*
 * The same rows as text, CSV and JSON.
 */
#include "common/format/table.h"

#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *print(const struct table *table, enum table_format format)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(table_print(table, format, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_prints(const struct table *table, enum table_format format, const char *expected)
{
	char *text = print(table, format);

	assert_string_equal(text, expected);
	free(text);
}

static void fill(struct table *table)
{
	static const struct table_column columns[] = {
		{"name", false},
		{"amount", true},
		{"unit", false},
	};
	static const char *const rows[][3] = {
		{"Zo\xc3\xab", "1.50", "core-s"},
		{"a, \"b\"", "", "x"},
		{"\xe6\x95\xb0", "1234567.000000001", ""},
		{"total", "3", ""},
	};

	assert_int_equal(table_init(table, columns, 3), 0);
	for (size_t i = 0; i < 4; i++) {
		if (i == 3)
			table_separate(table, TABLE_SEPARATOR_RULE);
		assert_int_equal(table_add(table, rows[i]), 0);
	}
}

static void test_text(void **state)
{
	struct table table;

	(void)state;
	fill(&table);
	assert_prints(&table, TABLE_FORMAT_TEXT,
		"name               amount  unit\n"
		"------  -----------------  ------\n"
		"Zo\xc3\xab           1.50         core-s\n"
		"a, \"b\"                     x\n"
		"\xe6\x95\xb0      1234567.000000001\n"
		"------  -----------------  ------\n"
		"total         3\n");
	table_release(&table);
}

static void test_csv(void **state)
{
	struct table table;

	(void)state;
	fill(&table);
	assert_prints(&table, TABLE_FORMAT_CSV,
		"name,amount,unit\n"
		"Zo\xc3\xab,1.50,core-s\n"
		"\"a, \"\"b\"\"\",,x\n"
		"\xe6\x95\xb0,1234567.000000001,\n"
		"total,3,\n");
	table_release(&table);
}

static void test_json(void **state)
{
	struct table table;

	(void)state;
	fill(&table);
	assert_prints(&table, TABLE_FORMAT_JSON,
		"[{\"name\":\"Zo\xc3\xab\",\"amount\":1.50,\"unit\":\"core-s\"},\n"
		" {\"name\":\"a, \\\"b\\\"\",\"amount\":null,\"unit\":\"x\"},\n"
		" {\"name\":\"\xe6\x95\xb0\",\"amount\":1234567.000000001,\"unit\":\"\"},\n"
		" {\"name\":\"total\",\"amount\":3,\"unit\":\"\"}]\n");
	table_release(&table);
}

static void test_no_rows(void **state)
{
	static const struct table_column columns[] = {{"a", false}};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 1), 0);
	assert_prints(&table, TABLE_FORMAT_TEXT, "a\n-\n");
	assert_prints(&table, TABLE_FORMAT_CSV, "a\n");
	assert_prints(&table, TABLE_FORMAT_JSON, "[]\n");
	table_release(&table);
}

static void test_control_characters(void **state)
{
	static const struct table_column columns[] = {{"a", false}};
	static const char *const cell[] = {"x\x1b[2J\n"};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 1), 0);
	assert_int_equal(table_add(&table, cell), 0);
	assert_prints(&table, TABLE_FORMAT_TEXT, "a\n------------\nx\\u001b[2J\\n\n");
	assert_prints(&table, TABLE_FORMAT_CSV, "a\nx\\u001b[2J\\n\n");
	assert_prints(&table, TABLE_FORMAT_RAW_CSV, "a\n\"x\x1b[2J\n\"\n");
	assert_prints(&table, TABLE_FORMAT_JSON, "[{\"a\":\"x\\u001b[2J\\u000a\"}]\n");
	table_release(&table);
}

static void test_formulas(void **state)
{
	static const struct table_column columns[] = {{"user", false}, {"sum", true}};
	static const char *const rows[][2] = {
		{"=HYPERLINK(\"http://x\")", "-1"}, {"-2+3", "+5"}, {"@a", NULL}, {"a=b", "1"}};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 2), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(table_add(&table, rows[i]), 0);
	assert_prints(&table, TABLE_FORMAT_CSV,
		"user,sum\n\"'=HYPERLINK(\"\"http://x\"\")\",-1\n'-2+3,+5\n'@a,\na=b,1\n");
	assert_prints(&table, TABLE_FORMAT_RAW_CSV,
		"user,sum\n\"=HYPERLINK(\"\"http://x\"\")\",-1\n-2+3,+5\n@a,\na=b,1\n");
	table_release(&table);
}

static void test_null(void **state)
{
	static const struct table_column columns[] = {{"a", false}, {"b", true}};
	static const char *const cells[] = {NULL, NULL};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 2), 0);
	assert_int_equal(table_add(&table, cells), 0);
	assert_prints(&table, TABLE_FORMAT_TEXT, "a  b\n-  -\n\n");
	assert_prints(&table, TABLE_FORMAT_CSV, "a,b\n,\n");
	assert_prints(&table, TABLE_FORMAT_JSON, "[{\"a\":null,\"b\":null}]\n");
	table_release(&table);
}

static void test_separators(void **state)
{
	static const struct table_column columns[] = {{"a", false}, {"b", true}};
	static const char *const cells[] = {"x", "1"};
	struct table table;

	(void)state;
	assert_int_equal(table_init(&table, columns, 2), 0);
	table_separate(&table, TABLE_SEPARATOR_BLANK); /* above the first row: nothing */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(table_add(&table, cells), 0);
		table_separate(&table, i ? TABLE_SEPARATOR_RULE : TABLE_SEPARATOR_BLANK);
	}
	assert_prints(&table, TABLE_FORMAT_TEXT, "a  b\n-  -\nx  1\n\nx  1\n-  -\nx  1\n");
	assert_prints(&table, TABLE_FORMAT_CSV, "a,b\nx,1\nx,1\nx,1\n");
	table_release(&table);
}

static void test_formats(void **state)
{
	enum table_format format = TABLE_FORMAT_TEXT;

	(void)state;
	assert_true(table_format_parse("table", &format));
	assert_int_equal(format, TABLE_FORMAT_TEXT);
	assert_true(table_format_parse("csv", &format));
	assert_int_equal(format, TABLE_FORMAT_CSV);
	assert_true(table_format_parse("json", &format));
	assert_int_equal(format, TABLE_FORMAT_JSON);
	assert_false(table_format_parse("JSON", &format));
	assert_false(table_format_parse("", &format));
}

static void test_too_many_columns(void **state)
{
	struct table_column columns[TABLE_COLUMNS_MAX + 1];
	struct table table;

	(void)state;
	for (size_t i = 0; i <= TABLE_COLUMNS_MAX; i++)
		columns[i] = (struct table_column){"x", false};
	assert_int_equal(table_init(&table, columns, TABLE_COLUMNS_MAX + 1), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_too_many_columns),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77; /* widths are the locale's */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
