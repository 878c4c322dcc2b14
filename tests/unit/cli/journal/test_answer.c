/* What must and what must not parse of a ledger's answer, and what is then said of a batch. */
#include "cli/journal/answer.h"

#include <errno.h>

#include "tests/unit/cli/journal/sample.h"

#define HEADER "batch_id,line_no,status,reason\n"

/* Parse @text and give what standard error was told; the caller frees and releases. */
static char *parse(const char *text, struct journal_answers *answers, int *ret_r)
{
	struct input_errors errors = {.path = "a.csv"};
	int kept;
	FILE *file = told_begin(&kept);

	*answers = (struct journal_answers){0};
	*ret_r = journal_answers_parse(text, strlen(text), answers, &errors);
	return told_end(file, kept);
}

static void test_a_sound_file(void **state)
{
	struct journal_answers answers;
	const struct journal_answer *of;
	size_t count;
	char *told;
	int r;

	(void)state;
	told = parse("status,reason,line_no,batch_id\r\n"
		     "rejected,\"fund 1, closed\",12,H2\r\naccepted,,*,H1\r\n"
		     "rejected,no project,0007,H2\r\nrejected,all of it,*,H2\r\n",
		&answers, &r);
	assert_string_equal(told, "");
	assert_int_equal(r, 0);
	free(told);
	assert_int_equal(answers.count, 4);
	of = journal_answers_of(&answers, "H1", &count);
	assert_int_equal(count, 1);
	assert_true(of->line_no == 0 && of->is_accepted && of->file_line == 3);
	of = journal_answers_of(&answers, "H2", &count);
	assert_int_equal(count, 3);
	assert_int_equal(of[0].line_no, 0);
	assert_int_equal(of[1].line_no, 7);
	assert_string_equal(of[2].reason, "fund 1, closed");
	assert_false(of[2].is_accepted);
	assert_null(journal_answers_of(&answers, "H3", &count));
	assert_int_equal(count, 0);
	journal_answers_release(&answers);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{"", "a.csv:1: empty, expected a line batch_id,line_no,status,reason\n"},
		{HEADER, "a.csv:2: no rows: there is only the header\n"},
		{"batch_id,line_no,status\nH,1,accepted\n",
			"a.csv:1: column \"reason\": column is missing\n"},
		{HEADER ",1,accepted,\n", "a.csv:2: column \"batch_id\": is empty\n"},
		{HEADER "H,0,accepted,\n",
			"a.csv:2: column \"line_no\": \"0\": is neither the number "
			"of a line nor * for the whole batch\n"},
		{HEADER "H,+1,accepted,\n",
			"a.csv:2: column \"line_no\": \"+1\": is neither the number of a line nor * "
			"for the whole batch\n"},
		{HEADER "H,1x,accepted,\n",
			"a.csv:2: column \"line_no\": \"1x\": is neither the number of a line nor * "
			"for the whole batch\n"},
		{HEADER "H,,accepted,\n", "a.csv:2: column \"line_no\": is neither the number of a "
					  "line nor * for the whole batch\n"},
		{HEADER "H,1234567890123456789,accepted,\n",
			"a.csv:2: column \"line_no\": \"1234567890123456789\": is neither the number "
			"of a line nor * for the whole batch\n"},
		{HEADER "H,1,Accepted,\n", "a.csv:2: column \"status\": \"Accepted\": is neither "
					   "accepted nor rejected\n"},
		{HEADER "H,1,rejected,\n", "a.csv:2: column \"reason\": is empty: whatever was "
					   "rejected has a reason\n"},
		{HEADER "H,1,accepted,\nH,2,accepted,\nH,01,accepted,\n",
			"a.csv:4: column \"status\": \"accepted\": the same as line 2: every line is "
			"answered once\n"},
		{HEADER "H,1,accepted,\nH,1,rejected,x\n",
			"a.csv:3: column \"status\": \"rejected\": contradicts line 2\n"},
		{HEADER "H,1,rejected,x\nH,2,rejected,x\nH,*,accepted,\n",
			"a.csv:4: column \"status\": \"accepted\": contradicts line 2\n"
			"a.csv:4: column \"status\": \"accepted\": contradicts line 3\n"},
		{HEADER "H,*,rejected,x\nH,1,accepted,\nI,1,accepted,\n",
			"a.csv:3: column \"status\": \"accepted\": contradicts line 2\n"},
		{HEADER "H,*,rejected,x\nH,*,rejected,x\n",
			"a.csv:3: column \"status\": \"rejected\": the same as line 2: every line is "
			"answered once\n"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++) {
		struct journal_answers answers;
		char *told;
		int r;

		told = parse(cases[i].text, &answers, &r);
		assert_string_equal(told, cases[i].told);
		assert_int_equal(r, -EBADMSG);
		free(told);
		journal_answers_release(&answers);
	}
}

static void test_what_is_said_of_a_batch(void **state)
{
	static const struct {
		const char *rows;
		const char *told; /* of a batch H of three lines */
	} cases[] = {
		{"H,*,accepted,\n", ""},
		{"H,*,rejected,x\nH,2,rejected,y\n", ""},
		{"H,*,accepted,\nH,2,accepted,\n", ""},
		{"H,3,rejected,x\n", ""},
		{"H,1,accepted,\nH,2,rejected,x\nH,3,accepted,\n", ""},
		{"H,4,rejected,x\n", "a.csv:2: column \"line_no\": line 4 of a batch that has 3\n"},
		{"H,1,accepted,\nH,2,rejected,x\n",
			"a.csv:2: of 3 lines only 2 are named: name all, or none that was accepted\n"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++) {
		struct input_errors errors = {.path = "a.csv"};
		struct journal_answers answers;
		const struct journal_answer *of;
		char text[256];
		char *told;
		size_t count;
		FILE *file;
		int kept, r;

		(void)snprintf(text, sizeof(text), HEADER "%s", cases[i].rows);
		free(parse(text, &answers, &r));
		assert_int_equal(r, 0);
		of = journal_answers_of(&answers, "H", &count);
		file = told_begin(&kept);
		r = journal_answers_check(of, count, 3, &errors);
		told = told_end(file, kept);
		assert_string_equal(told, cases[i].told);
		assert_int_equal(r, *cases[i].told ? -EBADMSG : 0);
		free(told);
		journal_answers_release(&answers);
	}
}

static void test_many_rows(void **state)
{
	char *text = calloc(1, 1000 * 20 + 100);
	struct journal_answers answers;
	size_t used;
	int r;

	(void)state;
	assert_non_null(text);
	used = (size_t)sprintf(text, HEADER);
	for (int i = 1000; i > 0; i--)
		used += (size_t)sprintf(text + used, "H,%d,accepted,\n", i);
	free(parse(text, &answers, &r));
	assert_int_equal(r, 0);
	assert_int_equal(answers.count, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(answers.answer[i].line_no, i + 1);
	journal_answers_release(&answers);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sound_file),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_what_is_said_of_a_batch),
		cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
