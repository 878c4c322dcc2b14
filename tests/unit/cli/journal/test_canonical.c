/* The canonical file byte for byte, its manifest, and batches that no ledger may be given. */
#include "cli/journal/canonical.h"

#include <errno.h>

#include "tests/unit/cli/journal/sample.h"

#define HEADER                                                                                     \
	"batch_id,line_no,post_date,fiscal_year,fiscal_period,institution,chart,fund,org,account," \
	"program,activity,location,project,dr_cr,amount,currency,description,usage_period,"        \
	"cost_centre,kind,reverses_line,reference\n"

static void test_the_two_lines(void **state)
{
	(void)state;
	assert_renders(NULL,
		HEADER "HUB2026090001,1,2026-10-02,2027,03,UX,UC,2301200,CHEM,6320,,,,R01GM12345,D,"
		       "19.97,USD,\"JupyterHub CPU 2026-09 CHEM\",2026-09,CHEM,charge,,7f3c\n"
		       "HUB2026090001,2,2026-10-02,2027,03,UX,UC,1100450,RCI,0490,,,,,C,19.97,USD,"
		       "\"JupyterHub recovery 2026-09\",2026-09,RCI,charge,,7f3c\n");
}

static void test_quoting(void **state)
{
	static const struct {
		const char *description;
		const char *expected;
	} cases[] = {
		{"", ",,2026-09,"},
		{"plain", ",plain,2026-09,"},
		{"a b", ",\"a b\",2026-09,"},
		{"a,b", ",\"a,b\",2026-09,"},
		{"\"", ",\"\"\"\",2026-09,"},
		{"5\" disk", ",\"5\"\" disk\",2026-09,"},
		{"=1+1", ",=1+1,2026-09,"},
		{"Zo\xc3\xab", ",Zo\xc3\xab,2026-09,"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++) {
		struct journal_line line = {
			SAMPLE_LINE(1, "D", 5), .description = cases[i].description};
		struct buffer out = BUFFER_INIT(4096);

		assert_int_equal(canonical_put_line(&out, &line), 0);
		assert_int_equal(buffer_append(&out, "", 1), 0);
		assert_non_null(strstr((const char *)out.data, cases[i].expected));
		buffer_release(&out);
	}
}

static void test_amounts(void **state)
{
	static const struct {
		int64_t cents;
		const char *text;
	} cases[] = {
		{1, "0.01"},
		{10, "0.10"},
		{100, "1.00"},
		{-5, "-0.05"},
		{INT64_MAX, "92233720368547758.07"},
		{INT64_MIN, "-92233720368547758.08"},
	};
	char text[JOURNAL_CENTS_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++)
		assert_string_equal(journal_cents_print(cases[i].cents, text), cases[i].text);
}

static void test_the_manifest(void **state)
{
	const struct journal_totals totals = {2, 1997, 1997};
	struct journal_batch batch = sample_batch;
	struct buffer out = BUFFER_INIT(4096);
	uint8_t digest[SHA256_SIZE] = {0xde, 0xad};

	(void)state;
	batch.preparer = "Pat O'Hara";
	assert_int_equal(manifest_put(&out, &batch, &totals, digest), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal((const char *)out.data,
		"batch_id,lines,debit_total,credit_total,sha256,preparer,approver,software_rev,"
		"closed_digest\n"
		"HUB2026090001,2,19.97,19.97,"
		"dead000000000000000000000000000000000000000000000000000000000000,"
		"\"Pat O'Hara\",quinn,0.1.0,ab12\n");
	buffer_release(&out);
}

static void refuse_lines(const struct journal_line *lines, size_t count, const char *expected)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	assert_true(sample_render(&sample_batch, lines, count, NULL, &text, error) < 0);
	assert_string_equal(error, expected);
}

static void test_lines_that_are_refused(void **state)
{
	static char long_text[JOURNAL_TEXT_MAX + 2];
	const struct {
		struct journal_line line;
		const char *expected;
	} cases[] = {
		{{SAMPLE_LINE(2, "D", 1)}, "line 2: stands where line 1 belongs"},
		{{SAMPLE_LINE(1, "X", 1)}, "line 1: dr_cr \"X\": is neither D nor C"},
		{{SAMPLE_LINE(1, NULL, 1)}, "line 1: dr_cr \"\": is neither D nor C"},
		{{SAMPLE_LINE(1, "D", 0)}, "line 1: amount \"0.00\": is not positive"},
		{{SAMPLE_LINE(1, "C", -1)}, "line 1: amount \"-0.01\": is not positive"},
		{{SAMPLE_LINE(1, "D", 1), .description = "a\nb"},
			"line 1: description: has a control character or line break"},
		{{SAMPLE_LINE(1, "D", 1), .description = "a\x7f"},
			"line 1: description: has a control character or line break"},
		{{SAMPLE_LINE(1, "D", 1), .description = "\xc2\x85"},
			"line 1: description: has a control character or line break"},
		{{SAMPLE_LINE(1, "D", 1), .description = "\xe2\x80\xa8"},
			"line 1: description: has a control character or line break"},
		{{SAMPLE_LINE(1, "D", 1), .fund = "\xff"}, "line 1: fund: is not UTF-8"},
		{{SAMPLE_LINE(1, "D", 1), .org = long_text},
			"line 1: org: is longer than 1024 bytes"},
	};

	(void)state;
	memset(long_text, 'x', JOURNAL_TEXT_MAX + 1);
	for (size_t i = 0; i < LENGTH_OF(cases); i++)
		refuse_lines(&cases[i].line, 1, cases[i].expected);
}

static void test_a_line_of_another_batch(void **state)
{
	struct journal_line line = sample_lines[0];

	(void)state;
	line.currency = "EUR";
	refuse_lines(&line, 1, "line 1: currency \"EUR\": is not that of the batch");
	line.currency = NULL;
	refuse_lines(&line, 1, "line 1: currency \"\": is not that of the batch");
	line = sample_lines[0];
	line.usage_period = "2026-13";
	refuse_lines(&line, 1, "line 1: usage_period \"2026-13\": is not a month as YYYY-MM");
}

static void test_what_does_not_balance(void **state)
{
	struct journal_line lines[3] = {sample_lines[0], sample_lines[1], sample_lines[1]};

	(void)state;
	refuse_lines(lines, 0, "the batch has no lines");
	refuse_lines(lines, 1, "the batch does not balance: debits 19.97, credits 0.00");
	lines[2].line_no = 3;
	refuse_lines(lines, 3, "the batch does not balance: debits 19.97, credits 39.94");
	lines[0].amount_cents = lines[1].amount_cents = INT64_MAX;
	refuse_lines(lines, 2, "line 2: the sum of the batch is too large");
}

static void refuse_batch(const struct journal_batch *batch, const char *expected)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	assert_int_equal(sample_render(batch, sample_lines, 2, NULL, &text, error), -EBADMSG);
	assert_string_equal(error, expected);
}

#define REFUSE_BATCH(member_, value_, expected_)                                                   \
	do {                                                                                       \
		struct journal_batch batch_ = sample_batch;                                        \
                                                                                                   \
		batch_.member_ = (value_);                                                         \
		refuse_batch(&batch_, (expected_));                                                \
	} while (0)

static void test_batches_that_are_refused(void **state)
{
	(void)state;
	REFUSE_BATCH(id, NULL, "batch: id: is missing");
	REFUSE_BATCH(id, "../x",
		"batch: id \"../x\": is not 1 to 64 letters, digits, _ and - without a - in front");
	REFUSE_BATCH(id, "-x",
		"batch: id \"-x\": is not 1 to 64 letters, digits, _ and - without a - in front");
	REFUSE_BATCH(institution, "", "batch: institution: is missing");
	REFUSE_BATCH(currency, "usd", "batch: currency \"usd\": is not three capital letters");
	REFUSE_BATCH(currency, "USDX", "batch: currency \"USDX\": is not three capital letters");
	REFUSE_BATCH(post_date, "2026-02-29",
		"batch: post_date \"2026-02-29\": is not a day as YYYY-MM-DD");
	REFUSE_BATCH(fiscal_year, "27", "batch: fiscal_year \"27\": is not a year as YYYY");
	REFUSE_BATCH(fiscal_period, "3", "batch: fiscal_period \"3\": is not two digits");
	REFUSE_BATCH(preparer, "a\tb", "batch: preparer: has a control character or line break");
	REFUSE_BATCH(approver, NULL, "batch: approver: is missing");
	REFUSE_BATCH(closed_digest, "", "batch: closed_digest: is missing");
	REFUSE_BATCH(software_rev, "", "batch: software_rev: is missing");
	REFUSE_BATCH(approved_usec, 0, "batch: approved_usec: is no time");
	REFUSE_BATCH(approved_usec, 253402300800000000, "batch: approved_usec: is no time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_two_lines),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_the_manifest),
		cmocka_unit_test(test_lines_that_are_refused),
		cmocka_unit_test(test_a_line_of_another_batch),
		cmocka_unit_test(test_what_does_not_balance),
		cmocka_unit_test(test_batches_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
