/*
 * What a ledger says of a batch it was given: CSV, a line of ours in each. Pure.
 *
 *	batch_id,line_no,status,reason
 *	HUB2026090001,17,rejected,fund 2301200 is closed
 *	HUB2026080001,*,accepted,
 *
 * Invariants of what was parsed
 *  - In the order of batches and, within one, of lines, the whole batch (*) before them.
 *  - Nothing is said twice, and nothing of a line that contradicts what is said of its batch.
 *  - Whatever was rejected has a reason.
 *
 * Life cycle: zeroed -> journal_answers_parse() -> journal_answers_check() for each batch that the
 * caller knows -> use -> journal_answers_release().
 */
#ifndef CLI_JOURNAL_ANSWER_H
#define CLI_JOURNAL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/format/input_errors.h"

#define JOURNAL_ANSWERS_MAX (1u << 24)

struct journal_answer {
	char *batch_id;
	uint64_t line_no; /* 0: the whole batch */
	bool is_accepted;
	char *reason;	    /* perhaps "" where it was accepted */
	unsigned file_line; /* where it stands */
};

struct journal_answers {
	struct journal_answer *answer;
	size_t count;
	size_t capacity;
};

/* Into the empty @answers. 0; -EBADMSG: @errors has said what is wrong; -ENOMEM. */
int journal_answers_parse(const char *data, size_t size, struct journal_answers *answers,
	struct input_errors *errors);

/* The answers to @batch_id, *@ret_count of them; NULL: there is none. */
const struct journal_answer *journal_answers_of(
	const struct journal_answers *answers, const char *batch_id, size_t *ret_count);

/*
 * Can these answers to one batch, of @lines lines, be taken? A file names the whole batch, or the
 * rejected lines alone, which accepts the others, or every line. -EBADMSG: @errors has said what is
 * wrong.
 */
int journal_answers_check(const struct journal_answer *answers, size_t count, uint64_t lines,
	struct input_errors *errors);

void journal_answers_release(struct journal_answers *answers);

#endif
