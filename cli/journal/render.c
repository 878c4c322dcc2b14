/* What holds for every kind of text is checked here, once. */
#include "cli/journal/render.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/journal/canonical.h"

void journal_renderer_init(struct journal_renderer *renderer, const struct journal_batch *batch,
	const struct journal_template *template)
{
	*renderer = (struct journal_renderer){.batch = batch, .is_canonical = !template};
	if (template)
		journal_feed_init(&renderer->feed, batch, template);
}

void journal_renderer_release(struct journal_renderer *renderer)
{
	if (!renderer->is_canonical)
		journal_feed_release(&renderer->feed);
}

/* A reason for what has none yet. */
static int explain(struct journal_renderer *renderer, int r)
{
	if (r < 0 && r != -EBADMSG && !*renderer->error)
		return journal_fail(renderer->error, r, "%s", strerror(-r));
	return r;
}

int journal_renderer_begin(struct journal_renderer *renderer, struct buffer *out)
{
	int r = journal_batch_check(renderer->batch, renderer->error);

	if (r == 0)
		r = renderer->is_canonical ? canonical_put_header(out)
					   : journal_feed_begin(&renderer->feed, out);
	return explain(renderer, r);
}

int journal_renderer_line(
	struct journal_renderer *renderer, const struct journal_line *line, struct buffer *out)
{
	int r = journal_line_check(line, renderer->batch, &renderer->totals, renderer->error);

	if (r < 0)
		return r;
	r = journal_totals_add(&renderer->totals, line);
	if (r < 0)
		return journal_fail(renderer->error, r,
			"line %" PRIu64 ": the sum of the batch is too large", line->line_no);
	r = renderer->is_canonical ? canonical_put_line(out, line)
				   : journal_feed_line(&renderer->feed, line, out, renderer->error);
	return explain(renderer, r);
}

int journal_renderer_end(struct journal_renderer *renderer, struct buffer *out)
{
	int r = journal_totals_balance(&renderer->totals, renderer->error);

	if (r == 0 && !renderer->is_canonical)
		r = journal_feed_end(&renderer->feed, out, renderer->error);
	return explain(renderer, r);
}
