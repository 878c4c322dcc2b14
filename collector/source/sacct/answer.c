/* Nearly all lines of an answer are known from the one before: only the others are kept. */
#include "collector/source/sacct/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

void answer_clear(struct answer *answer)
{
	buffer_release(&answer->text);
	free(answer->line);
	*answer = (struct answer){0};
}

static int add(struct answer *answer, const struct sacct_line *line)
{
	int r = array_make_room(
		&answer->line, answer->n_lines, &answer->max_lines, sizeof(*answer->line), 256);

	if (r < 0)
		return r;
	answer->line[answer->n_lines++] = (struct answer_line){jobs_key(line), *line};
	return 0;
}

static void refuse(struct answer *answer, uint32_t number, const char *reason)
{
	if (answer->n_refused++ > 0)
		return;
	answer->refused = number;
	answer->reason = reason;
}

static int take_line(struct answer *answer, const struct sacct_line *line, const struct jobs *jobs,
	int64_t now_sec)
{
	struct job_difference difference;

	return jobs_difference(jobs, line, now_sec, &difference) < 0 ? 0 : add(answer, line);
}

static int compare(const void *left, const void *right)
{
	const struct answer_line *a = left, *b = right;

	return jobs_order(&a->key, &b->key);
}

int answer_take(struct answer *answer, struct buffer *text, const char *delimiter,
	const struct jobs *jobs, int64_t now_sec)
{
	const char *at, *end;
	uint32_t number = 0;
	int r = 0;

	answer_clear(answer);
	answer->text = *text;
	*text = (struct buffer)BUFFER_INIT(text->limit);
	at = (const char *)answer->text.data;
	end = at ? at + answer->text.size : NULL;
	while (at < end && r == 0) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((newline ? newline : end) - at);
		struct sacct_line line;
		const char *reason;
		int parsed =
			size > 0 ? sacct_line_parse(at, size, delimiter, &line, &reason) : -ENODATA;

		number++;
		if (parsed == 0)
			r = take_line(answer, &line, jobs, now_sec);
		else if (parsed == -EBADMSG)
			refuse(answer, number, reason);
		at += size + (newline ? 1 : 0);
	}
	if (r < 0)
		answer_clear(answer);
	else if (answer->n_lines > 0)
		qsort(answer->line, answer->n_lines, sizeof(*answer->line), compare);
	return r;
}
