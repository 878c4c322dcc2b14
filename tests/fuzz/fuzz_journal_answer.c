/*
 * Whatever a ledger answers, parsing it ends in errors or in answers that keep the law: sorted,
 * each line once, rejections with reasons, nothing against what is said of the whole batch.
 *
 * Built and run as fuzz_wire.c, with -close_fd_mask=2; the corpus may start empty.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/journal/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_pair(const struct journal_answer *a, const struct journal_answer *b)
{
	int by_batch = strcmp(a->batch_id, b->batch_id);

	must(by_batch < 0 || (by_batch == 0 && a->line_no < b->line_no));
}

/* All answers to the batch of @answer. */
static void check_batch(const struct journal_answers *answers, const struct journal_answer *answer)
{
	struct input_errors errors = {.path = "answer.csv"};
	size_t count;
	const struct journal_answer *of = journal_answers_of(answers, answer->batch_id, &count);

	must(of && of <= answer && answer < of + count);
	must(of->line_no || of->is_accepted == answer->is_accepted);
	must((journal_answers_check(of, count, 100, &errors) == 0) == (errors.count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_errors errors = {.path = "answer.csv"};
	struct journal_answers answers = {0};
	int r = journal_answers_parse((const char *)data, size, &answers, &errors);

	must((r == 0) == (errors.count == 0));
	for (size_t i = 0; r == 0 && i < answers.count; i++) {
		const struct journal_answer *answer = &answers.answer[i];

		must(*answer->batch_id && answer->file_line > 1);
		must(answer->is_accepted || *answer->reason);
		if (i)
			check_pair(answer - 1, answer);
		check_batch(&answers, answer);
	}
	must(r < 0 || answers.count > 0);
	journal_answers_release(&answers);
	return 0;
}
