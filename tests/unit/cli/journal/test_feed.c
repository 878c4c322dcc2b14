/* The shipped templates byte for byte; every way to write a value; documents that are split. */
#include "cli/journal/feed.h"

#include <errno.h>

#include "cli/journal/value.h"
#include "tests/unit/cli/journal/sample.h"

#define SHIPPED	  TEST_SOURCE_DIR "/deploy/journal"
#define DELIMITED "layout delimited comma\n"
#define BLANKS_10 "          "
#define KFS_WIDTH 187

/* University of Hawaii, help of its KFS: places 1 to 187. */
#define KFS_DEBIT                                                                                  \
	"2027UC2301200     6320   ACEX03CLTEJHHUB2026090001 00001JupyterHub CPU 2026-09 CHEM     " \
	"                        19.97D2026-10-02" BLANKS_10                                       \
	"R01GM12345" BLANKS_10 BLANKS_10 BLANKS_10 "         \n"
#define KFS_CREDIT                                                                                 \
	"2027UC1100450     0490   ACIN03CLTEJHHUB2026090001 00002JupyterHub recovery 2026-09     " \
	"                        19.97C2026-10-02" BLANKS_10 BLANKS_10 BLANKS_10 BLANKS_10         \
		BLANKS_10 "         \n"

static struct journal_template *shipped(const char *name)
{
	struct journal_template *template = NULL;
	struct input_errors errors = {0};
	char path[256];

	assert_int_equal(
		journal_template_read(SHIPPED, name, path, sizeof(path), &errors, &template), 0);
	return template;
}

static void test_kfs(void **state)
{
	struct journal_template *template = shipped("kfs");

	(void)state;
	assert_int_equal(strlen(KFS_DEBIT), KFS_WIDTH + 1);
	assert_int_equal(strlen(KFS_CREDIT), KFS_WIDTH + 1);
	assert_renders(template, KFS_DEBIT KFS_CREDIT);
	journal_template_free(template);
}

/* A debit that takes back income, and a credit that takes back expense. */
static void test_kfs_reversal_keeps_the_type(void **state)
{
	struct journal_template *template = shipped("kfs");
	struct journal_line lines[2] = {sample_lines[0], sample_lines[1]};
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	(void)state;
	lines[0].reverses_line = lines[1].reverses_line = "HUB2026080001/2";
	assert_int_equal(sample_render(&sample_batch, lines, 2, template, &text, error), 0);
	assert_int_equal(strncmp(text + 25, "ACIN03", 6), 0);
	assert_int_equal(strncmp(text + KFS_WIDTH + 1 + 25, "ACEX03", 6), 0);
	free(text);
	journal_template_free(template);
}

static void test_kfs_refuses(void **state)
{
	struct journal_template *template = shipped("kfs");
	struct journal_line lines[2] = {sample_lines[0], sample_lines[1]};
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	(void)state;
	lines[1].fund = "11004501";
	assert_int_equal(sample_render(&sample_batch, lines, 2, template, &text, error), -EBADMSG);
	assert_string_equal(error, "template kfs: detail of line 2: column \"account\": "
				   "\"11004501\": is longer than 7 characters");
	lines[1].fund = "";
	assert_int_equal(sample_render(&sample_batch, lines, 2, template, &text, error), -EBADMSG);
	assert_string_equal(
		error, "template kfs: detail of line 2: column \"account\": \"\": is required");
	journal_template_free(template);
}

static void test_collector_wants_its_office(void **state)
{
	struct journal_template *template = shipped("kfs-collector");

	(void)state;
	assert_refuses(
		template, "template kfs-collector: header: column \"chart\": \"\": is required");
	journal_template_free(template);
}

/* The shipped file with @with in the place of every text that is empty and required. */
static char *fill_in(const char *path, const char *with)
{
	char *text = calloc(1, 65536), *filled = calloc(1, 65536);
	FILE *file = fopen(path, "r");
	char *at = text;

	assert_true(text && filled && file);
	assert_true(fread(text, 1, 65535, file) > 0);
	(void)fclose(file);
	for (char *gap; (gap = strstr(at, "\"\"\trequired")); at = gap + 2) {
		(void)strncat(filled, at, (size_t)(gap - at));
		(void)strcat(filled, with);
	}
	(void)strcat(filled, at);
	free(text);
	return filled;
}

static void test_collector(void **state)
{
	char *filled = fill_in(SHIPPED "/kfs-collector.template", "\"IT\"");
	struct journal_template *template = sample_template(filled);

	(void)state;
	assert_renders(template,
		"2027ITIT       2026-10-02HD1IT                                      "
		"IT                            IT                            "
		"IT                            ITIT          \n" KFS_DEBIT KFS_CREDIT
		"2027ITIT       2026-10-02TL                   00002"
		"                                         19.97               \n");
	free(filled);
	journal_template_free(template);
}

static void test_banner(void **state)
{
	struct journal_template *template = shipped("banner");
	struct journal_line lines[2] = {sample_lines[0], sample_lines[1]};
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	(void)state;
	lines[0].chart = lines[1].chart = "U";
	lines[0].fund = "230120";
	lines[1].fund = "110045";
	lines[0].project = "";
	assert_int_equal(sample_render(&sample_batch, lines, 2, template, &text, error), 0);
	assert_string_equal(text,
		"SYSTEM_ID,SYSTEM_TIME_STAMP,DOC_CODE,REC_TYPE,SEQ_NUM,ACTIVITY_DATE,USER_ID,"
		"RUCL_CODE,DOC_REF_NUM,TRANS_DATE,TRANS_AMT,TRANS_DESC,DR_CR_IND,COAS_CODE,"
		"ACCI_CODE,FUND_CODE,ORGN_CODE,ACCT_CODE,PROG_CODE,ACTV_CODE,LOCN_CODE,PRJD_CODE,"
		"BANK_CODE,BUDGET_PERIOD,ENCD_NUM,ENCD_ITEM_NUM,ENCD_SEQ_NUM,DEP_NUM,CURR_CODE\n"
		"HUBMETER,20261002140509,J0001701,1,,2026-10-02,pat,,,2026-10-02,39.94,"
		"JupyterHub HUB2026090001,,,,,,,,,,,,,,,,,\n"
		"HUBMETER,20261002140509,J0001701,2,1,2026-10-02,pat,,1,2026-10-02,19.97,"
		"JupyterHub CPU 2026-09 CHEM,D,U,,230120,CHEM,6320,,,,,,,,,,,USD\n"
		"HUBMETER,20261002140509,J0001701,2,2,2026-10-02,pat,,2,2026-10-02,19.97,"
		"JupyterHub recovery 2026-09,C,U,,110045,RCI,0490,,,,,,,,,,,USD\n");
	free(text);
	journal_template_free(template);
}

/* What a column described by @column gives of the first line of the sample. */
static void assert_column(const char *layout, const char *column, const char *expected)
{
	char text[1024], error[JOURNAL_ERROR_SIZE];
	struct journal_template *template;
	char *rendered = NULL;

	(void)snprintf(text, sizeof(text), "%s\ncolumn x %s\n", layout, column);
	template = sample_template(text);
	if (sample_render(&sample_batch, sample_lines, 2, template, &rendered, error) == 0) {
		rendered[strcspn(rendered, "\n")] = '\0';
		assert_string_equal(rendered, expected);
		free(rendered);
	} else {
		assert_string_equal(error, expected);
	}
	journal_template_free(template);
}

static void test_fixed_columns(void **state)
{
	static const char layout[] = "layout fixed\nrecord detail 10";
	static const struct {
		const char *column;
		const char *expected;
	} cases[] = {
		{"1-10 fund", "2301200   "},
		{"1-10 fund right", "   2301200"},
		{"1-10 fund pad *", "2301200***"},
		{"3-9 fund", "  2301200 "},
		{"1-10 amount", "     19.97"},
		{"1-10 amount left", "19.97     "},
		{"1-10 amount pad 0", "0000019.97"},
		{"1-10 amount decimals implied pad 0", "0000001997"},
		{"1-10 signed_amount pad 0 sign plus", "+000019.97"},
		{"1-10 sequence", "         1"},
		{"1-10 sequence:3 left", "001       "},
		{"1-10 \"\xc3\xa9\"", "\xc3\xa9         "},
		{"1-4 fund",
			"template x: detail of line 1: column \"x\": \"2301200\": is longer than 4 "
			"characters"},
		{"1-1 fund",
			"template x: detail of line 1: column \"x\": \"2301200\": is longer than 1 "
			"character"},
		{"1-4 fund truncate", "2301      "},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++)
		assert_column(layout, cases[i].column, cases[i].expected);
}

static void test_delimited_columns(void **state)
{
	static const char layout[] = "layout delimited comma\nrecord detail";
	static const struct {
		const char *column;
		const char *expected;
	} cases[] = {
		{"40 \"a,b\"", "\"a,b\""},
		{"40 \"a\"\"b\"", "\"a\"\"b\""},
		{"40 description", "JupyterHub CPU 2026-09 CHEM"},
		{"40 location", ""},
		{"40 batch_id + \"/\" + line_no", "HUB2026090001/1"},
		{"40 serial", "17"},
		{"40 serial:2", "17"},
		{"40 \"J\" + serial:1",
			"template x: detail of line 1: column \"x\": \"17\": serial "
			"has more than 1 digit"},
		{"40 institution", "UX"},
		{"40 currency", "USD"},
		{"40 fiscal_year + fiscal_period", "202703"},
		{"40 preparer + \"/\" + approver", "pat/quinn"},
		{"40 closed_digest + software_rev", "ab120.1.0"},
		{"40 chart + org + account", "UCCHEM6320"},
		{"40 program + activity + location", ""},
		{"40 project + dr_cr + usage_period", "R01GM12345D2026-09"},
		{"40 cost_centre + kind + reverses_line + reference", "CHEMcharge7f3c"},
		{"40 document", "1"},
		{"40 post_date", "2026-10-02"},
		{"40 post_date date DD-MON-YYYY", "02-OCT-2026"},
		{"40 post_date date MMDDYY", "100226"},
		{"40 approved_at", "20261002140509"},
		{"40 approved_at date \"YYYY-MM-DD hh:mm:ss\"", "2026-10-02 14:05:09"},
		{"40 debit", "19.97"},
		{"40 amount decimals point sign minus", "19.97"},
		{"40 credit", ""},
		{"40 signed_amount decimals comma", "\"19,97\""},
		{"40 dr_cr map D=EX C=IN", "EX"},
		{"40 dr_cr map C=IN",
			"template x: detail of line 1: column \"x\": \"D\": is not in the column's map"},
		{"40 dr_cr map C=IN *=other", "other"},
		{"40 location map \"\"=\"no where\"", "no where"},
		{"40 location required",
			"template x: detail of line 1: column \"x\": \"\": is required"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++)
		assert_column(layout, cases[i].column, cases[i].expected);
}

static void test_a_value_beyond_all_bounds(void **state)
{
	static const char begin[] = DELIMITED "record detail\ncolumn x 99999 description + \"";
	const size_t size = JOURNAL_VALUE_MAX;
	char *text = calloc(1, sizeof(begin) + size + 2);
	struct journal_template *template;

	(void)state;
	assert_non_null(text);
	(void)strcpy(text, begin);
	memset(text + sizeof(begin) - 1, 'x', size);
	text[sizeof(begin) - 1 + size] = '"';
	template = sample_template(text);
	assert_refuses(template,
		"template x: detail of line 1: column \"x\": \"\": is longer than 64 KiB");
	journal_template_free(template);
	free(text);
}

static void test_quotes(void **state)
{
	(void)state;
	assert_column("layout delimited tab quote always\nrecord detail", "40 dr_cr", "\"D\"");
	assert_column("layout delimited pipe quote never\nrecord detail", "40 \"a,b\"", "a,b");
	assert_column("layout delimited pipe quote never\nrecord detail", "40 \"a|b\"",
		"template x: detail of line 1: column \"x\": \"a|b\": has a separator or a quote, and "
		"the template quotes nothing");
	assert_column("layout delimited semicolon\nrecord detail", "40 \"a;\"", "\"a;\"");
}

static void test_credits_are_signed(void **state)
{
	struct journal_template *template =
		sample_template(DELIMITED "line-end crlf\nrecord detail\n"
					  "column a 9 signed_amount\n"
					  "column b 9 signed_amount sign trailing\n"
					  "column c 9 debit\ncolumn d 9 credit\n"
					  "column e 1 origin_dr_cr\n");

	(void)state;
	assert_renders(template, "19.97,19.97,19.97,,D\r\n-19.97,19.97-,,19.97,C\r\n");
	journal_template_free(template);
	template = sample_template(
		"layout fixed\nrecord detail 9\ncolumn a 1-9 signed_amount pad 0\n");
	assert_renders(template, "000019.97\n-00019.97\n");
	journal_template_free(template);
}

static void test_characters(void **state)
{
	(void)state;
	assert_column("layout delimited comma\nrecord detail", "2 \"\xc3\xa9\xe2\x82\xac\"",
		"\xc3\xa9\xe2\x82\xac");
	assert_column("characters ascii\nlayout delimited comma\nrecord detail", "2 \"\xc3\xa9\"",
		"template x: detail of line 1: column \"x\": \"\xc3\xa9\": U+00E9 has no equivalent in "
		"ASCII");
	assert_column("characters transliterated\nlayout delimited comma\nrecord detail",
		"99 \"Zo\xc3\xab \xc5\x81ukasz \xe2\x80\x93 \xe2\x80\x9cGr\xc3\xb6\xc3\x9f"
		"e\xe2\x80\x9d\xe2\x80\xa6\"",
		"\"Zoe Lukasz - \"\"Grosse\"\"...\"");
	assert_column("characters transliterated\nlayout delimited comma\nrecord detail",
		"9 \"1 \xe2\x82\xac\"",
		"template x: detail of line 1: column \"x\": \"1 \xe2\x82\xac\": U+20AC has no "
		"equivalent in ASCII");
	assert_column("characters transliterated\nlayout fixed\nrecord detail 3",
		"1-3 \"\xc3\x9f\xc3\x9f\"",
		"template x: detail of line 1: column \"x\": \"ssss\": is longer than 3 characters");
}

#define SPLIT                                                                                      \
	"record header\ncolumn a 9 \"H\" + document\ncolumn b 9 lines\ncolumn c 9 debits\n"        \
	"column d 9 credits\ncolumn e 9 total\n"                                                   \
	"record detail\ncolumn a 9 \"D\" + document\ncolumn b 9 sequence\ncolumn c 9 line_no\n"    \
	"record trailer\ncolumn a 9 \"T\" + document\ncolumn b 9 lines\n"

/* Lines of one cent with the signs of @dr_cr, "DC" and so on, by @rules. */
static int render_signs(
	const char *rules, const char *dr_cr, char **ret_text, char error[JOURNAL_ERROR_SIZE])
{
	size_t count = strlen(dr_cr);
	struct journal_line *lines = calloc(count + 1, sizeof(*lines));
	struct journal_template *template = sample_template(rules);
	int r;

	assert_non_null(lines);
	for (size_t i = 0; i < count; i++)
		lines[i] =
			(struct journal_line){SAMPLE_LINE(i + 1, dr_cr[i] == 'D' ? "D" : "C", 1)};
	r = sample_render(&sample_batch, lines, count, template, ret_text, error);
	journal_template_free(template);
	free(lines);
	return r;
}

static void test_documents_balance(void **state)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	(void)state;
	assert_int_equal(
		render_signs(DELIMITED "documents 6 balanced\n" SPLIT, "DCDDCCCD", &text, error),
		0);
	assert_string_equal(text, "H1,6,0.03,0.03,0.06\nD1,1,1\nD1,2,2\nD1,3,3\nD1,4,4\nD1,5,5\n"
				  "D1,6,6\nT1,6\n"
				  "H2,2,0.01,0.01,0.02\nD2,1,7\nD2,2,8\nT2,2\n");
	free(text);
	assert_int_equal(
		render_signs(DELIMITED "documents 5 balanced\n" SPLIT, "DCDDCCCD", &text, error),
		0);
	assert_string_equal(text, "H1,2,0.01,0.01,0.02\nD1,1,1\nD1,2,2\nT1,2\n"
				  "H2,4,0.02,0.02,0.04\nD2,1,3\nD2,2,4\nD2,3,5\nD2,4,6\nT2,4\n"
				  "H3,2,0.01,0.01,0.02\nD3,1,7\nD3,2,8\nT3,2\n");
	free(text);
	assert_int_equal(
		render_signs(DELIMITED "documents 3 balanced\n" SPLIT, "DCDDCC", &text, error),
		-EBADMSG);
	assert_string_equal(error,
		"template x: the lines from 3 to 5 do not balance, and a document "
		"has at most 3");
}

static void test_documents_cut_anywhere(void **state)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	(void)state;
	assert_int_equal(
		render_signs(DELIMITED "documents 3 anywhere\n" SPLIT, "DDCC", &text, error), 0);
	assert_string_equal(text, "H1,3,0.02,0.01,0.03\nD1,1,1\nD1,2,2\nD1,3,3\nT1,3\n"
				  "H2,1,0.00,0.01,0.01\nD2,1,4\nT2,1\n");
	free(text);
}

#define SEED   20261002u
#define ROUNDS 200

/* Every line once and in order, in documents that balance and are no longer than they may. */
static void judge_documents(char *text, unsigned max, unsigned lines)
{
	unsigned number, document = 0, sequence, line_no, seen = 0, details = 0, debits, credits;
	char *rest = NULL;

	for (char *row = strtok_r(text, "\n", &rest); row; row = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(row, "H%u,%u,0.%u,0.%u,", &number, &details, &debits, &credits) == 4) {
			assert_int_equal(number, ++document);
			assert_in_range(details, 1, max);
			assert_int_equal(debits, credits);
			assert_int_equal(debits + credits, details);
			continue;
		}
		if (sscanf(row, "T%u,%u", &number, &sequence) == 2) {
			assert_int_equal(sequence, details);
			continue;
		}
		assert_int_equal(sscanf(row, "D%u,%u,%u", &number, &sequence, &line_no), 3);
		assert_int_equal(number, document);
		assert_int_equal(line_no, ++seen);
		assert_in_range(sequence, 1, details);
	}
	assert_int_equal(seen, lines);
}

static void test_the_law_of_documents(void **state)
{
	uint64_t random = SEED;
	unsigned rendered = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		char signs[65] = "", rules[512], error[JOURNAL_ERROR_SIZE];
		unsigned max, open = 0, count = 0;
		char *text = NULL;

		for (; count < 32 || open; count++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			signs[count] = count < 32 && (!open || random >> 62 == 0) ? 'D' : 'C';
			open += signs[count] == 'D' ? 1 : -1u;
		}
		max = 2 + (unsigned)(random >> 60);
		(void)snprintf(
			rules, sizeof(rules), DELIMITED "documents %u balanced\n" SPLIT, max);
		if (render_signs(rules, signs, &text, error) < 0) {
			assert_non_null(
				strstr(error, "do not balance, and a document has at most"));
			continue;
		}
		rendered++;
		judge_documents(text, max, count);
		free(text);
	}
	assert_in_range(rendered, ROUNDS / 4, ROUNDS - 1);
}

/* 10,000 pairs by the shipped template: 9,998 lines are the most that balance. */
static void test_banner_splits(void **state)
{
	enum { PAIRS = 10000 };
	struct journal_line *lines = calloc(2 * PAIRS, sizeof(*lines));
	struct journal_template *template = shipped("banner");
	char error[JOURNAL_ERROR_SIZE];
	unsigned headers = 0, details = 0;
	char *text = NULL, *rest = NULL;

	(void)state;
	assert_non_null(lines);
	for (size_t i = 0; i < 2 * PAIRS; i++)
		lines[i] = (struct journal_line){SAMPLE_LINE(i + 1, i % 2 ? "C" : "D", 3),
			.account = "6320", .fund = "230120"};
	for (size_t i = 0; i < 2 * PAIRS; i++)
		lines[i].chart = "U";
	assert_int_equal(sample_render(&sample_batch, lines, 2 * PAIRS, template, &text, error), 0);
	assert_non_null(strstr(text, "J0001703,1,,2026-10-02,pat,,,2026-10-02,0.12,"));
	(void)strtok_r(text, "\n", &rest);
	for (const char *row; (row = strtok_r(NULL, "\n", &rest));) {
		unsigned document = 0, sequence = 0, type = 0;
		int n = sscanf(row, "HUBMETER,20261002140509,J00017%2u,%u,%u,", &document, &type,
			&sequence);

		headers += type == 1;
		details = type == 1 ? 0 : details + 1;
		assert_int_equal(n, type == 1 ? 2 : 3);
		assert_int_equal(document, headers);
		assert_int_equal(sequence, details);
		assert_true(sequence <= 9998);
	}
	assert_int_equal(headers, 3);
	assert_int_equal(details, 2 * PAIRS - 2 * 9998);
	free(text);
	free(lines);
	journal_template_free(template);
}

/* A header without sums goes out at once, and nothing is held. */
static void test_what_streams(void **state)
{
	struct journal_template *template =
		sample_template(DELIMITED "record header\ncolumn a 20 batch_id\n"
					  "record detail\ncolumn a 9 amount\n"
					  "record trailer\ncolumn a 9 debits\n");
	struct buffer out = BUFFER_INIT(4096);
	struct journal_feed feed;
	char error[JOURNAL_ERROR_SIZE] = "";

	(void)state;
	journal_feed_init(&feed, &sample_batch, template);
	assert_int_equal(journal_feed_begin(&feed, &out), 0);
	assert_int_equal(journal_feed_line(&feed, &sample_lines[0], &out, error), 0);
	assert_int_equal(out.size, strlen("HUB2026090001\n19.97\n"));
	assert_int_equal(feed.details.size + feed.held.size, 0);
	assert_int_equal(journal_feed_line(&feed, &sample_lines[1], &out, error), 0);
	assert_int_equal(journal_feed_end(&feed, &out, error), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal((const char *)out.data, "HUB2026090001\n19.97\n19.97\n19.97\n");
	journal_feed_release(&feed);
	buffer_release(&out);
	journal_template_free(template);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kfs),
		cmocka_unit_test(test_kfs_reversal_keeps_the_type),
		cmocka_unit_test(test_kfs_refuses),
		cmocka_unit_test(test_collector_wants_its_office),
		cmocka_unit_test(test_collector),
		cmocka_unit_test(test_banner),
		cmocka_unit_test(test_fixed_columns),
		cmocka_unit_test(test_delimited_columns),
		cmocka_unit_test(test_a_value_beyond_all_bounds),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_credits_are_signed),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_documents_balance),
		cmocka_unit_test(test_documents_cut_anywhere),
		cmocka_unit_test(test_the_law_of_documents),
		cmocka_unit_test(test_banner_splits),
		cmocka_unit_test(test_what_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
