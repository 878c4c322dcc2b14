/*
 * Text as part of a URL or a form: application/x-www-form-urlencoded. Pure.
 *
 *	"a b", "x&y"  ->  a%20b=x%26y
 */
#ifndef DASHBOARD_SIGN_IN_FORM_H
#define DASHBOARD_SIGN_IN_FORM_H

#include "common/buffer.h"

struct form_field {
	const char *name, *value;
};

/* name=value&name=value. -ENOMEM, -E2BIG. */
int form_add(struct buffer *buffer, const struct form_field *field, size_t n_fields);

/* Ends the text with NUL and hands its memory on; the caller frees. -ENOMEM, -E2BIG. */
int form_finish(struct buffer *buffer, char **ret);

#endif
