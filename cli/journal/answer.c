/* What is wrong with a row alone is told as it is read, what rows say together once they are
 * sorted. */
#include "cli/journal/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/format/csv_input.h"
#include "hubmeter/cleanup.h"

#define REASON_SIZE 160
#define WHOLE_BATCH "*"
#define DIGITS_MAX  18

enum column { COLUMN_BATCH_ID, COLUMN_LINE_NO, COLUMN_STATUS, COLUMN_REASON, COLUMN_COUNT };

static const struct csv_column columns[COLUMN_COUNT] = {
	[COLUMN_BATCH_ID] = {"batch_id", true},
	[COLUMN_LINE_NO] = {"line_no", true},
	[COLUMN_STATUS] = {"status", true},
	[COLUMN_REASON] = {"reason", true},
};

struct parse {
	struct journal_answers *answers;
	struct input_errors *errors;
};

static bool complain(const struct parse *parse, unsigned line, enum column column,
	const char *value, const char *reason)
{
	input_errors_put(parse->errors, line, columns[column].name, *value ? value : NULL, reason);
	return false;
}

static bool take_line_no(const char *text, uint64_t *ret)
{
	size_t digits = strspn(text, "0123456789");

	if (strcmp(text, WHOLE_BATCH) == 0) {
		*ret = 0;
		return true;
	}
	if (digits == 0 || digits > DIGITS_MAX || text[digits])
		return false;
	*ret = strtoull(text, NULL, 10);
	return *ret > 0;
}

/* All but the texts; false after complaints. */
static bool take_fields(const struct parse *parse, unsigned line, const char *const *fields,
	struct journal_answer *ret)
{
	const char *status = fields[COLUMN_STATUS];
	bool is_good = true;

	ret->file_line = line;
	ret->is_accepted = strcmp(status, "accepted") == 0;
	if (!*fields[COLUMN_BATCH_ID])
		is_good = complain(parse, line, COLUMN_BATCH_ID, "", "is empty");
	if (!take_line_no(fields[COLUMN_LINE_NO], &ret->line_no))
		is_good = complain(parse, line, COLUMN_LINE_NO, fields[COLUMN_LINE_NO],
			"is neither the number of a line nor * for the whole batch");
	if (!ret->is_accepted && strcmp(status, "rejected") != 0)
		return complain(
			parse, line, COLUMN_STATUS, status, "is neither accepted nor rejected");
	if (!ret->is_accepted && !*fields[COLUMN_REASON])
		is_good = complain(parse, line, COLUMN_REASON, "",
			"is empty: whatever was rejected has a reason");
	return is_good;
}

static int grow(struct journal_answers *answers)
{
	size_t capacity = answers->capacity ? 2 * answers->capacity : 64;
	struct journal_answer *grown =
		reallocarray(answers->answer, capacity, sizeof(*answers->answer));

	if (!grown)
		return -ENOMEM;
	answers->answer = grown;
	answers->capacity = capacity;
	return 0;
}

/* @new with copies of both texts. */
static int add(struct journal_answers *answers, const struct journal_answer *new,
	const char *of_batch, const char *why)
{
	hm_cleanup(hm_freep) char *batch_id = strdup(of_batch);
	hm_cleanup(hm_freep) char *reason = strdup(why);
	struct journal_answer *answer;

	if (!batch_id || !reason || (answers->count == answers->capacity && grow(answers) < 0))
		return -ENOMEM;
	answer = &answers->answer[answers->count++];
	*answer = *new;
	answer->batch_id = hm_steal(&batch_id);
	answer->reason = hm_steal(&reason);
	return 0;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct parse *parse = context;
	struct journal_answer answer = {0};

	if (!take_fields(parse, line, fields, &answer))
		return 0;
	if (parse->answers->count == JOURNAL_ANSWERS_MAX) {
		input_errors_put(parse->errors, line, NULL, NULL, "more than 16777216 rows");
		return -EBADMSG;
	}
	return add(parse->answers, &answer, fields[COLUMN_BATCH_ID], fields[COLUMN_REASON]);
}

static int compare(const void *a, const void *b)
{
	const struct journal_answer *x = a, *y = b;
	int by_batch = strcmp(x->batch_id, y->batch_id);

	if (by_batch)
		return by_batch;
	if (x->line_no != y->line_no)
		return x->line_no < y->line_no ? -1 : 1;
	return x->file_line < y->file_line ? -1 : x->file_line > y->file_line;
}

static void put_conflict(const struct journal_answer *first, const struct journal_answer *second,
	struct input_errors *errors)
{
	const bool is_first = first->file_line < second->file_line;
	const struct journal_answer *early = is_first ? first : second;
	const struct journal_answer *late = is_first ? second : first;
	char reason[REASON_SIZE];

	(void)snprintf(reason, sizeof(reason),
		first->is_accepted == second->is_accepted
			? "the same as line %u: every line is answered once"
			: "contradicts line %u",
		early->file_line);
	input_errors_put(errors, late->file_line, "status",
		late->is_accepted ? "accepted" : "rejected", reason);
}

/* Sorted: a row against the one before it and that of its whole batch. */
static void put_conflicts(const struct journal_answers *answers, struct input_errors *errors)
{
	const struct journal_answer *whole = NULL;

	for (size_t i = 0; i < answers->count; i++) {
		const struct journal_answer *answer = &answers->answer[i];
		const bool is_same_batch =
			i > 0 && strcmp(answer->batch_id, answer[-1].batch_id) == 0;

		if (!is_same_batch)
			whole = answer->line_no == 0 ? answer : NULL;
		if (is_same_batch && answer->line_no == answer[-1].line_no)
			put_conflict(&answer[-1], answer, errors);
		else if (whole && whole != answer && whole->is_accepted != answer->is_accepted)
			put_conflict(whole, answer, errors);
	}
}

int journal_answers_parse(
	const char *data, size_t size, struct journal_answers *answers, struct input_errors *errors)
{
	struct parse parse = {.answers = answers, .errors = errors};
	const struct csv_handler handler = {.row = take_row,
		.error = input_errors_put,
		.complaints = errors,
		.context = &parse,
		.note = input_errors_note};
	int r = csv_input_parse(data, size, columns, COLUMN_COUNT, &handler);

	if (r < 0)
		return r;
	if (errors->count == 0 && answers->count == 0)
		input_errors_put(errors, 2, NULL, NULL, "no rows: there is only the header");
	if (answers->count)
		qsort(answers->answer, answers->count, sizeof(*answers->answer), compare);
	put_conflicts(answers, errors);
	return errors->count ? -EBADMSG : 0;
}

const struct journal_answer *journal_answers_of(
	const struct journal_answers *answers, const char *batch_id, size_t *ret_count)
{
	const struct journal_answer *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < answers->count; i++) {
		if (strcmp(answers->answer[i].batch_id, batch_id) != 0)
			continue;
		if (!first)
			first = &answers->answer[i];
		count++;
	}
	*ret_count = count;
	return first;
}

int journal_answers_check(const struct journal_answer *answers, size_t count, uint64_t lines,
	struct input_errors *errors)
{
	const struct journal_answer *accepted = NULL;
	const uint64_t before = errors->count;
	uint64_t named = 0;
	char reason[REASON_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (answers[i].line_no > lines) {
			(void)snprintf(reason, sizeof(reason),
				"line %" PRIu64 " of a batch that has %" PRIu64, answers[i].line_no,
				lines);
			input_errors_put(errors, answers[i].file_line, columns[COLUMN_LINE_NO].name,
				NULL, reason);
		}
		if (answers[i].line_no && answers[i].is_accepted)
			accepted = &answers[i];
		named += answers[i].line_no > 0;
	}
	if (accepted && answers[0].line_no && named < lines) {
		(void)snprintf(reason, sizeof(reason),
			"of %" PRIu64 " lines only %" PRIu64
			" are named: name all, or none that was accepted",
			lines, named);
		input_errors_put(errors, accepted->file_line, NULL, NULL, reason);
	}
	return errors->count > before ? -EBADMSG : 0;
}

void journal_answers_release(struct journal_answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		free(answers->answer[i].batch_id);
		free(answers->answer[i].reason);
	}
	free(answers->answer);
	*answers = (struct journal_answers){0};
}
