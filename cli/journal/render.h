/*
 * A batch as text: the canonical file, or a feed. Pure; the lines come one by one and are not kept
 * longer than what they become needs them.
 *
 * Invariant: what ended well has every line of a batch that is sound and balances; after a failure
 * what was rendered is worth nothing.
 *
 *	journal_renderer_init(&renderer, &batch, NULL);
 *	r = journal_renderer_begin(&renderer, &out);
 *	while (r == 0 && ...)
 *		r = journal_renderer_line(&renderer, &line, &out);
 *	if (r == 0)
 *		r = journal_renderer_end(&renderer, &out);
 *	journal_renderer_release(&renderer);
 */
#ifndef CLI_JOURNAL_RENDER_H
#define CLI_JOURNAL_RENDER_H

#include "cli/journal/feed.h"
#include "cli/journal/journal.h"
#include "cli/journal/template.h"
#include "common/buffer.h"

struct journal_renderer {
	const struct journal_batch *batch;
	bool is_canonical;
	struct journal_feed feed; /* unless it is */
	struct journal_totals totals;
	char error[JOURNAL_ERROR_SIZE]; /* after a failure: why */
};

/* Borrows both; @template is NULL for the canonical file. */
void journal_renderer_init(struct journal_renderer *renderer, const struct journal_batch *batch,
	const struct journal_template *template);

/*
 * Append to @out, which the caller may empty between calls. 0; -EBADMSG: the batch is not sound, or
 * does not fit the template; -ERANGE: its sum does not fit; -ENOMEM, -E2BIG: @out is full.
 */
int journal_renderer_begin(struct journal_renderer *renderer, struct buffer *out);
int journal_renderer_line(
	struct journal_renderer *renderer, const struct journal_line *line, struct buffer *out);
int journal_renderer_end(struct journal_renderer *renderer, struct buffer *out);

void journal_renderer_release(struct journal_renderer *renderer);

#endif
