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

#include "cli/journal/source.h"
#include "cli/journal/template.h"
#include "common/buffer.h"

#define JOURNAL_REASON_SIZE 128
#define JOURNAL_VALUE_MAX   (1u << 16)

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
