/*
 * What one interval may say is common/usage_interval.h's business, what several may say together is
 * common/interval_set.h's; here they meet a file, a clock and a person who wants to know the line.
 */
#include "cli/command/import/usage_file.h"

#include <errno.h>
#include <stdio.h>

#include "cli/format/csv_input.h"
#include "proto/validate.h"

#define REASON_SIZE 320

struct parse {
	int64_t now_usec;
	struct interval_set *set;
	struct input_errors *errors;
};

/* Every field; false when one of them is wrong. */
static bool set_fields(struct parse *parse, unsigned line, const char *const *fields,
	struct usage_interval *interval)
{
	char reason[USAGE_REASON_SIZE];
	bool good = true;

	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++) {
		if (usage_interval_set(interval, (enum usage_column)i, fields[i], reason) == 0)
			continue;
		input_errors_put(parse->errors, line, usage_columns[i].name, fields[i], reason);
		good = false;
	}
	return good;
}

/* Old or early by this machine's clock: the aggregator would refuse it. */
static bool check_time(struct parse *parse, unsigned line, const char *const *fields,
	const struct usage_interval *i)
{
	const int64_t oldest = parse->now_usec - HM_IMPORTED_MAX_AGE_USEC;
	enum usage_column column = USAGE_COLUMN_START;
	const char *reason = NULL;

	if (i->start_usec < oldest) {
		reason = "more than ten years ago";
	} else if (i->end_usec > parse->now_usec) {
		column = USAGE_COLUMN_END;
		reason = "in the future: what is not over cannot be imported";
	}
	if (reason)
		input_errors_put(
			parse->errors, line, usage_columns[column].name, fields[column], reason);
	return !reason;
}

/* Why the set did not take the interval of @line. */
static int explain(const struct parse *parse, unsigned line, const char *const *fields, int r,
	const struct interval_conflict *conflict)
{
	char reason[REASON_SIZE];

	if (r == -ENOSPC) {
		(void)snprintf(reason, sizeof(reason),
			"more than %u intervals: split the file, anywhere", INTERVAL_SET_MAX);
		input_errors_put(parse->errors, line, NULL, NULL, reason);
		return -EBADMSG;
	}
	if (r != -EEXIST && r != -EOVERFLOW)
		return r;
	if (r == -EEXIST)
		(void)snprintf(reason, sizeof(reason),
			"not that of line %u: a workload keeps its user, server and tag",
			conflict->line);
	else
		(void)snprintf(reason, sizeof(reason), "the file's sum is too large to be stored");
	input_errors_put(parse->errors, line, usage_columns[conflict->column].name,
		fields[conflict->column], reason);
	return 0;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct parse *parse = context;
	struct usage_interval interval = {0};
	struct interval_conflict conflict;
	char reason[USAGE_REASON_SIZE];
	enum usage_column column;
	int r;

	if (!set_fields(parse, line, fields, &interval))
		return 0;
	if (usage_interval_check(&interval, &column, reason) < 0) {
		input_errors_put(parse->errors, line, usage_columns[column].name,
			*fields[column] ? fields[column] : NULL, reason);
		return 0;
	}
	if (!check_time(parse, line, fields, &interval))
		return 0;
	r = interval_set_add(parse->set, &interval, line, &conflict);
	return r < 0 ? explain(parse, line, fields, r, &conflict) : 0;
}

static void put_duplicates(const struct parse *parse)
{
	const struct interval_record *record = parse->set->record;
	char reason[REASON_SIZE];

	for (uint32_t i = interval_set_find_duplicate(parse->set, 0); i < parse->set->count;
		i = interval_set_find_duplicate(parse->set, i + 1)) {
		const uint32_t a = record[i - 1].line, b = record[i].line;

		(void)snprintf(reason, sizeof(reason), "the same as line %u: usage is given once",
			a < b ? a : b);
		input_errors_put(parse->errors, a < b ? b : a, NULL, NULL, reason);
	}
}

int usage_file_parse(const char *data, size_t size, int64_t now_usec, struct interval_set *set,
	struct input_errors *errors)
{
	struct parse parse = {.now_usec = now_usec, .set = set, .errors = errors};
	const struct csv_handler handler = {.row = take_row,
		.error = input_errors_put,
		.complaints = errors,
		.context = &parse,
		.note = input_errors_note};
	struct csv_column columns[USAGE_COLUMN_COUNT];
	int r;

	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++)
		columns[i] = (struct csv_column){usage_columns[i].name, usage_columns[i].required};
	r = csv_input_parse(data, size, columns, USAGE_COLUMN_COUNT, &handler);
	if (r < 0)
		return r;
	if (errors->count == 0 && set->count == 0)
		input_errors_put(errors, 2, NULL, NULL, "no rows: there is only the header");
	r = interval_set_sort(set);
	if (r < 0)
		return r;
	put_duplicates(&parse);
	return errors->count ? -EBADMSG : 0;
}
