/*
 * What a column of a feed can say of a batch, a line or a document, by its name in templates. Pure.
 */
#ifndef CLI_JOURNAL_SOURCE_H
#define CLI_JOURNAL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/journal/journal.h"

/* INSTANT: a date that has a time of day. */
enum journal_kind {
	JOURNAL_KIND_TEXT,
	JOURNAL_KIND_COUNT,
	JOURNAL_KIND_CENTS,
	JOURNAL_KIND_DATE,
	JOURNAL_KIND_INSTANT
};

/* Which records have it: all, details alone, headers and trailers. */
enum journal_reach { JOURNAL_REACH_ALL, JOURNAL_REACH_LINE, JOURNAL_REACH_TOTALS };

/* What a record is made of. */
struct journal_scope {
	const struct journal_batch *batch;
	const struct journal_line *line; /* NULL in headers and trailers */
	uint64_t document;		 /* counted from 1 */
	uint64_t sequence;		 /* of the line in its document, from 1 */
	struct journal_totals totals;	 /* of the document */
};

struct journal_source {
	const char *name;
	enum journal_kind kind;
	enum journal_reach reach;
	enum {
		JOURNAL_FROM_BATCH,
		JOURNAL_FROM_LINE,
		JOURNAL_FROM_SCOPE,
		JOURNAL_FROM_COMPUTED
	} from;
	size_t offset; /* of the member, or which of the computed ones */
};

/* NULL: there is none called @name. */
const struct journal_source *journal_source_find(const char *name);

/* What a source says, by its kind; a scope without a line has none of its reach. Dates are texts.
 */
const char *journal_source_text(
	const struct journal_source *source, const struct journal_scope *scope);
uint64_t journal_source_count(
	const struct journal_source *source, const struct journal_scope *scope);
int64_t journal_source_cents(
	const struct journal_source *source, const struct journal_scope *scope);
int64_t journal_source_usec(const struct journal_source *source, const struct journal_scope *scope);

#endif
