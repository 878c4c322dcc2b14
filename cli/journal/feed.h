/*
 * A batch as a template wants it: documents of a header, details and a trailer. Pure.
 *
 *	header	 document 1: of these details, their count and sums
 *	detail
 *	detail
 *	trailer
 *	header	 document 2, where the template limits how many details one has
 *	...
 *
 * Invariants
 *  - Details stand in the order of the lines, all of them, each in one document.
 *  - Where a document must balance, it ends at a line behind which debits equal credits: lines that
 *    only balance together stay together.
 *  - No line is held that need not be: those that do not balance yet, and the details of a document
 *    whose header has their sums.
 *
 * Life cycle: journal_feed_init() -> _begin() -> _line()* -> _end(), of a batch that has lines and
 * balances -> _release(). Each appends what is complete to @out and gives 0, -EBADMSG with a reason
 * in @error, or -ENOMEM; after a failure only _release() is left.
 */
#ifndef CLI_JOURNAL_FEED_H
#define CLI_JOURNAL_FEED_H

#include "cli/journal/journal.h"
#include "cli/journal/source.h"
#include "cli/journal/template.h"
#include "common/buffer.h"

#define JOURNAL_DOCUMENT_SIZE_MAX (1u << 30) /* bytes of details, where a header has their sums */

struct journal_feed {
	const struct journal_template *template;
	struct journal_scope scope;    /* of the document at hand */
	bool has_late_header;	       /* it has sums */
	struct buffer details;	       /* behind a late header */
	struct buffer value;	       /* of one column */
	struct buffer held;	       /* lines that do not balance yet, packed */
	struct journal_totals held_of; /* these lines */
	uint64_t held_from;	       /* number of the first of them */
};

/* Borrows both. */
void journal_feed_init(struct journal_feed *feed, const struct journal_batch *batch,
	const struct journal_template *template);

int journal_feed_begin(struct journal_feed *feed, struct buffer *out);
int journal_feed_line(struct journal_feed *feed, const struct journal_line *line,
	struct buffer *out, char error[JOURNAL_ERROR_SIZE]);
int journal_feed_end(struct journal_feed *feed, struct buffer *out, char error[JOURNAL_ERROR_SIZE]);
void journal_feed_release(struct journal_feed *feed);

#endif
