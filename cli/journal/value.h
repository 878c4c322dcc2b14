/*
 * What stands in a column of a feed: where it comes from and how it is written. Pure.
 *
 *	amount right		       19.97
 *	serial:5 + document:2  0001701
 *	post_date date DD-MON-YYYY	02-OCT-2026
 */
#ifndef CLI_JOURNAL_VALUE_H
#define CLI_JOURNAL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/journal/journal.h"
#include "cli/journal/template.h"
#include "common/buffer.h"

#define JOURNAL_REASON_SIZE 128
#define JOURNAL_VALUE_MAX   (1u << 16)

/* INSTANT: a date that has a time of day. */
enum journal_kind {
	JOURNAL_KIND_TEXT,
	JOURNAL_KIND_COUNT,
	JOURNAL_KIND_CENTS,
	JOURNAL_KIND_DATE,
	JOURNAL_KIND_INSTANT
};

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

/* Can dates, or with @has_time instants, be written by @format? NULL, or why not. */
const char *journal_date_fault(const char *format, bool has_time);

/*
 * The value of @column as @template wants it, neither padded nor quoted, into @value, which is
 * cleared first and ends with a NUL. -EBADMSG with a @reason, of what is in @value then, if it is
 * not empty; -ENOMEM.
 */
int journal_value_put(const struct journal_template *template, const struct journal_column *column,
	const struct journal_scope *scope, struct buffer *value, char reason[JOURNAL_REASON_SIZE]);

/* Is it written right-aligned? */
bool journal_value_is_right(const struct journal_column *column);

#endif
