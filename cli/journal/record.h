/*
 * One line of a feed: its columns, padded into their places or separated and quoted. Pure.
 */
#ifndef CLI_JOURNAL_RECORD_H
#define CLI_JOURNAL_RECORD_H

#include "cli/journal/template.h"
#include "cli/journal/value.h"
#include "common/buffer.h"

/*
 * Append the record @which of @scope to @out, if the template has it; @value is room to work in. 0,
 * -EBADMSG with a message that names template, column, line and value in @error, -ENOMEM, or
 * -E2BIG:
 * @out is full.
 */
int record_put(const struct journal_template *template, enum journal_record which,
	const struct journal_scope *scope, struct buffer *value, struct buffer *out,
	char error[JOURNAL_ERROR_SIZE]);

/* The names of the columns of details. */
int record_put_names(const struct journal_template *template, struct buffer *out);

#endif
