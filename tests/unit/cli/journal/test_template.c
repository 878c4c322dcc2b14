/* What must and what must not parse: each case gives a template and what standard error is told. */
#include "cli/journal/template.h"

#include <errno.h>

#include "tests/unit/cli/journal/sample.h"

#define FIXED	  "layout fixed\nrecord detail 10\n"
#define DELIMITED "layout delimited comma\nrecord detail\n"
#define STATEMENTS                                                                                 \
	"is no statement: layout, extension, marker, characters, line-end, documents, names, "     \
	"record, column\n"
#define LAYOUTS                                                                                    \
	"expected layout fixed, or layout delimited comma, perhaps with quote minimal, always or " \
	"never\n"
#define OPTIONS "is not +, required, truncate, left, right, pad, date, decimals, sign or map\n"

struct refusal {
	const char *text;
	const char *told;
};

static const struct refusal refusals[] = {
	/* the whole */
	{"", "x:1: no layout is said\n"},
	{"# nothing\n\n", "x:2: no layout is said\n"},
	{"layout fixed\n", "x:1: there is no record detail with columns\n"},
	{FIXED, "x:2: there is no record detail with columns\n"},
	{"layout fixed\nnames\nrecord detail 5\ncolumn a 1-5 fund\n",
		"x:4: \"names\": is for delimited feeds\n"},
	{"marker txt\n" DELIMITED "column a 5 fund\n",
		"x:4: \"txt\": is the extension of the feed itself\n"},
	/* lines */
	{DELIMITED "column a 5 \"x\n", "x:3: a quote is opened but never closed\n"
				       "x:3: there is no record detail with columns\n"},
	{DELIMITED "column a 5 \"\xff\"\ncolumn b 5 fund\n",
		"x:3: not UTF-8: save the file as UTF-8\n"},
	{DELIMITED "column a 5 \"\r\"\ncolumn b 5 fund\n", "x:3: has a control character\n"},
	{DELIMITED "column a 5 \"\x01\"\ncolumn b 5 fund\n", "x:3: has a control character\n"},
	{"\"layout\" fixed\n" DELIMITED "column b 5 fund\n", "x:1: \"layout\": " STATEMENTS},
	{"colour red\n" DELIMITED "column b 5 fund\n", "x:1: \"colour\": " STATEMENTS},
	/* above the records */
	{"layout\n" DELIMITED "column b 5 fund\n", "x:1: \"layout\": " LAYOUTS},
	{"layout wide\n" DELIMITED "column b 5 fund\n", "x:1: \"layout\": " LAYOUTS},
	{"layout fixed\n" DELIMITED "column b 1-5 fund\n",
		"x:2: \"layout\": stands here twice\n"
		"x:3: \"record\": something is missing behind it\n"
		"x:4: there is no record detail with columns\n"},
	{"layout delimited colon\nrecord detail\ncolumn b 5 fund\n",
		"x:1: \"colon\": is not comma, semicolon, tab or pipe\n"},
	{"layout delimited tab cite never\nrecord detail\ncolumn b 5 fund\n",
		"x:1: \"cite\": expected quote\n"},
	{"layout delimited tab quote often\nrecord detail\ncolumn b 5 fund\n",
		"x:1: \"often\": is not minimal, always or never\n"},
	{"extension a/b\n" DELIMITED "column b 5 fund\n",
		"x:1: \"a/b\": is not the end of a name: letters, digits, _ and -\n"},
	{"extension manifest\n" DELIMITED "column b 5 fund\n",
		"x:1: \"manifest\": is the end of the manifest's name\n"},
	{"extension\n" DELIMITED "column b 5 fund\n",
		"x:1: \"extension\": something is missing behind it\n"},
	{"marker a b\n" DELIMITED "column b 5 fund\n",
		"x:1: \"marker\": there is too much behind it\n"},
	{"characters latin\n" DELIMITED "column b 5 fund\n",
		"x:1: \"latin\": is not utf-8, ascii or transliterated\n"},
	{"line-end cr\n" DELIMITED "column b 5 fund\n", "x:1: \"cr\": is not lf or crlf\n"},
	{"names yes\n" DELIMITED "column b 5 fund\n", "x:1: \"names\": nothing stands behind it\n"},
	{"documents 0 balanced\n" DELIMITED "column b 5 fund\n",
		"x:1: \"0\": is not a number from 1 to 1000000\n"},
	{"documents 9999 somewhere\n" DELIMITED "column b 5 fund\n",
		"x:1: \"somewhere\": is not balanced or anywhere\n"},
	{DELIMITED "column b 5 fund\nline-end lf\n",
		"x:4: \"line-end\": belongs above the records\n"},
	/* records */
	{"record detail\n" DELIMITED "column b 5 fund\n",
		"x:1: \"detail\": a layout must be said before\n"},
	{DELIMITED "column b 5 fund\nrecord detail\n", "x:4: \"detail\": stands here twice\n"},
	{DELIMITED "column b 5 fund\nrecord footer\n",
		"x:4: \"footer\": is not header, detail or trailer\n"},
	{"layout fixed\nrecord detail 0\n", "x:2: \"0\": is not a width from 1 to 100000\n"
					    "x:2: there is no record detail with columns\n"},
	{"layout fixed\ncolumn a 1-5 fund\n",
		"x:2: \"column\": there is no record that it could be in\n"
		"x:2: there is no record detail with columns\n"},
	/* columns: names and places */
	{DELIMITED "column a 5 fund\ncolumn\n",
		"x:4: \"column\": is no name of a column: at most 64 letters, digits, _ and -\n"},
	{DELIMITED "column a 5 fund\ncolumn b.c 5 fund\n",
		"x:4: \"b.c\": is no name of a column: at most 64 letters, digits, _ and -\n"},
	{DELIMITED "column a 5 fund\ncolumn a 5 fund\n", "x:4: column \"a\": stands here twice\n"},
	{DELIMITED "column a 5 fund\ncolumn b\n", "x:4: column \"b\": has no place\n"},
	{DELIMITED "column a 5 fund\ncolumn b 1-5 fund\n",
		"x:4: column \"b\": \"1-5\": is not a greatest length from 1 to 100000\n"},
	{FIXED "column a 1-5 fund\ncolumn b 6 fund\n",
		"x:4: column \"b\": \"6\": is not a place as 57-96, counted from 1\n"},
	{FIXED "column a 1-5 fund\ncolumn b 9-8 fund\n",
		"x:4: column \"b\": \"9-8\": is not a place as 57-96, counted from 1\n"},
	{FIXED "column a 1-5 fund\ncolumn b 0-8 fund\n",
		"x:4: column \"b\": \"0-8\": is not a place as 57-96, counted from 1\n"},
	{FIXED "column a 1-5 fund\ncolumn b 5-8 fund\n",
		"x:4: column \"b\": \"5-8\": begins before the end of the column above\n"},
	{FIXED "column a 1-5 fund\ncolumn b 6-11 fund\n",
		"x:4: column \"b\": \"6-11\": ends behind the end of the record\n"},
	/* columns: values */
	{DELIMITED "column a 5 fund\ncolumn b 5\n",
		"x:4: column \"b\": has no value: a source, or text in quotes\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund +\n",
		"x:4: column \"b\": has no value: a source, or text in quotes\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 colour\n",
		"x:4: column \"b\": \"colour\": is no source: text stands in quotes\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund:5\n",
		"x:4: column \"b\": \"fund\": is no count: only counts have a number of digits\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 serial:21\n",
		"x:4: column \"b\": \"21\": is not a number of digits from 1 to 20\n"},
	{DELIMITED "column a 5 fund\ncolumn b 9 \"\" + \"\" + \"\" + \"\" + \"\" + \"\" + \"\" + "
		   "\"\" + \"\"\n",
		"x:4: column \"b\": has more than 8 parts\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 debits\n",
		"x:4: column \"b\": \"debits\": is of a whole document: no detail has it\n"},
	{DELIMITED "column a 5 fund\nrecord trailer\ncolumn b 5 fund\n",
		"x:5: column \"b\": \"fund\": belongs to a line: only a detail has it\n"},
	/* columns: options */
	{DELIMITED "column a 5 fund\ncolumn b 5 fund require\n",
		"x:4: column \"b\": \"require\": " OPTIONS},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund \"required\"\n",
		"x:4: column \"b\": \"required\": " OPTIONS},
	{DELIMITED "column a 5 fund\ncolumn b 5 amount truncate\n",
		"x:4: column \"b\": \"truncate\": is for text: of a number or date nothing is cut "
		"off\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 \"J\" + serial truncate\n",
		"x:4: column \"b\": \"truncate\": is for text: of a number or date nothing is cut "
		"off\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund left\n",
		"x:4: column \"b\": \"left\": is for fixed feeds\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund right\n",
		"x:4: column \"b\": \"right\": is for fixed feeds\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund pad 0\n",
		"x:4: column \"b\": \"pad\": is for fixed feeds\n"},
	{FIXED "column a 1-5 fund\ncolumn b 6-8 fund pad\n",
		"x:4: column \"b\": \"pad\": expected one ASCII character, like \"0\"\n"},
	{FIXED "column a 1-5 fund\ncolumn b 6-8 fund pad 00\n",
		"x:4: column \"b\": \"00\": expected one ASCII character, like \"0\"\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund date YYYY\n",
		"x:4: column \"b\": \"date\": is for post_date and approved_at\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 post_date date\n",
		"x:4: column \"b\": \"date\": is missing\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 post_date date yyyy\n",
		"x:4: column \"b\": \"yyyy\": is not made of YYYY, YY, MM, MON, DD, hh, mm, ss and "
		"signs\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 post_date date hh\n",
		"x:4: column \"b\": \"hh\": this day has no time: hh, mm and ss are for "
		"approved_at\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 fund decimals point\n",
		"x:4: column \"b\": \"decimals\": is for amounts\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 amount decimals none\n",
		"x:4: column \"b\": \"none\": is not point, comma or implied\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 amount sign\n",
		"x:4: column \"b\": \"sign\": is not minus, plus or trailing\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 dr_cr map\n",
		"x:4: column \"b\": \"map\": expected pairs as D=EX\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 dr_cr map D=EX required\n",
		"x:4: column \"b\": \"required\": is not a pair as D=EX\n"},
	{DELIMITED "column a 5 fund\ncolumn b 5 dr_cr map \"D=EX\"\n",
		"x:4: column \"b\": \"D=EX\": is not a pair as D=EX\n"},
	/* all of it */
	{"layout fixed\nrecord detail 10\ncolumn a 1-5 colour\ncolumn a 6-99 fund\ncolour\n",
		"x:3: column \"a\": \"colour\": is no source: text stands in quotes\n"
		"x:4: column \"a\": \"6-99\": ends behind the end of the record\n"
		"x:5: \"colour\": " STATEMENTS "x:5: there is no record detail with columns\n"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH_OF(refusals); i++) {
		struct input_errors errors = {.path = "x"};
		struct journal_template *template = NULL;
		const char *text = refusals[i].text;
		int kept, r;
		FILE *file = told_begin(&kept);
		char *told;

		r = journal_template_parse("x", text, strlen(text), &errors, &template);
		told = told_end(file, kept);
		assert_string_equal(told, refusals[i].told);
		assert_int_equal(r, -EBADMSG);
		assert_null(template);
		free(told);
	}
}

static void test_all_there_is_to_say(void **state)
{
	static const char text[] = "\xef\xbb\xbf\tlayout delimited tab quote always # how\r\n"
				   "extension csv\r\nmarker done\r\ncharacters ascii\r\n"
				   "line-end crlf\r\ndocuments 12 anywhere\r\nnames\r\n"
				   "record detail\r\n"
				   "column a 5 \"#\"\"+\" + serial:3 required # why\r\n"
				   "column b 9 post_date date \"DD MON YY\"\r\n"
				   "column c 9 signed_amount decimals comma sign trailing\r\n"
				   "column d 2 kind truncate map \"a b\"=c \"\"=\"=\" *=d\r\n"
				   "record trailer\r\ncolumn n 7 lines\r\n";
	struct journal_template *t = sample_template(text);
	const struct journal_column *column = t->record[JOURNAL_RECORD_DETAIL].column;

	(void)state;
	assert_string_equal(t->name, "x");
	assert_int_equal(t->layout, JOURNAL_LAYOUT_DELIMITED);
	assert_int_equal(t->separator, '\t');
	assert_int_equal(t->quote, JOURNAL_QUOTE_ALWAYS);
	assert_int_equal(t->charset, JOURNAL_CHARSET_ASCII);
	assert_true(t->has_names && t->ends_in_crlf && t->is_cut_anywhere);
	assert_string_equal(t->extension, "csv");
	assert_string_equal(t->marker, "done");
	assert_int_equal(t->document_max, 12);
	assert_int_equal(t->record[JOURNAL_RECORD_DETAIL].count, 4);
	assert_int_equal(t->record[JOURNAL_RECORD_TRAILER].count, 1);
	assert_string_equal(column[0].part[0].text, "#\"+");
	assert_int_equal(column[0].part[1].digits, 3);
	assert_int_equal(column[0].n_parts, 2);
	assert_true(column[0].is_required);
	assert_string_equal(column[1].date, "DD MON YY");
	assert_int_equal(column[2].decimals, JOURNAL_DECIMALS_COMMA);
	assert_int_equal(column[2].sign, JOURNAL_SIGN_TRAILING);
	assert_true(column[3].is_truncated);
	assert_int_equal(column[3].n_pairs, 3);
	assert_string_equal(column[3].pair[0].from, "a b");
	assert_string_equal(column[3].pair[1].from, "");
	assert_string_equal(column[3].pair[1].to, "=");
	assert_int_equal(column[3].line, 12);
	journal_template_free(t);
}

static void refuse_data(const char *name, const char *data, size_t size, const char *expected)
{
	struct input_errors errors = {.path = "x"};
	struct journal_template *template = NULL;
	int kept;
	FILE *file = told_begin(&kept);
	int r = journal_template_parse(name, data, size, &errors, &template);
	char *told = told_end(file, kept);

	assert_int_equal(r, -EBADMSG);
	assert_string_equal(told, expected);
	free(told);
}

static void test_limits(void **state)
{
	static const char nul[] = "layout\0fixed\n";
	char words[1024] = "layout";
	char *columns = calloc(JOURNAL_COLUMNS_MAX + 3, 32);
	size_t used;

	(void)state;
	assert_non_null(columns);
	refuse_data("x", nul, sizeof(nul) - 1,
		"x:1: NUL byte: save the file as text in UTF-8\nx:1: no layout is said\n");
	for (size_t i = 0; i < 300; i++)
		(void)strcat(words, " a");
	refuse_data("x", words, strlen(words), "x:1: too many words\nx:1: no layout is said\n");
	used = (size_t)sprintf(columns, DELIMITED);
	for (unsigned i = 0; i <= JOURNAL_COLUMNS_MAX; i++)
		used += (size_t)sprintf(columns + used, "column a%u 5 fund map a=b\n", i);
	refuse_data("x", columns, used, "x:515: column \"a512\": is one column too many\n");
	free(columns);
	refuse_data(
		"a/b", "", 0, "x:1: \"a/b\": is no name: at most 64 letters, digits, _ and -\n");
}

static void test_reading(void **state)
{
	static const char shipped[] = TEST_SOURCE_DIR "/deploy/journal";
	static const char *const names[] = {"kfs", "kfs-collector", "banner"};
	struct journal_template *template = NULL;
	struct input_errors errors = {0};
	char path[256];

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(names); i++) {
		assert_int_equal(journal_template_read(
					 shipped, names[i], path, sizeof(path), &errors, &template),
			0);
		assert_string_equal(template->name, names[i]);
		assert_ptr_equal(errors.path, path);
		journal_template_free(template);
	}
	assert_int_equal(
		journal_template_read(shipped, "none", path, sizeof(path), &errors, &template),
		-ENOENT);
	assert_string_equal(path, TEST_SOURCE_DIR "/deploy/journal/none.template");
	assert_int_equal(
		journal_template_read("/nowhere", TEST_SOURCE_DIR "/deploy/journal/kfs.template",
			path, sizeof(path), &errors, &template),
		0);
	assert_string_equal(template->name, "kfs");
	journal_template_free(template);
	assert_int_equal(
		journal_template_read(shipped, "kfs", path, 8, &errors, &template), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all_there_is_to_say),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
