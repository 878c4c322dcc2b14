/*
 * Lines of one answer that say something new, in the order in which they are to be noted. Pure.
 *
 * Life cycle: zeroed -> answer_take() -> answer_next()* -> answer_clear(). It takes the text and
 * owns it: lines point into it.
 */
#ifndef COLLECTOR_SOURCE_SACCT_ANSWER_H
#define COLLECTOR_SOURCE_SACCT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/sacct/jobs.h"
#include "collector/source/sacct/line.h"
#include "common/buffer.h"

struct answer_line {
	struct job_key key;
	struct sacct_line line;
};

struct answer {
	struct buffer text;
	struct answer_line *line;
	size_t n_lines, max_lines;
	size_t next;	    /* what was noted lies before it */
	size_t n_refused;   /* lines that could not be understood */
	uint32_t refused;   /* number of the first one of them, from 1 ... */
	const char *reason; /* ... and why; NULL: there is none */
};

/* Takes what is in @text, also on failure, and leaves it empty. -ENOMEM: nothing is in @answer. */
int answer_take(struct answer *answer, struct buffer *text, const char *delimiter,
	const struct jobs *jobs, int64_t now_sec);

static inline bool answer_is_empty(const struct answer *answer)
{
	return answer->next == answer->n_lines;
}

void answer_clear(struct answer *answer);

#endif
