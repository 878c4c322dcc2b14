/*
 * Values are shown as safe text: the file may come from anybody.
 */
#include "cli/format/input_errors.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/format/safe_text.h"

static void print(const struct input_errors *errors, unsigned line, const char *severity,
	const char *column, const char *value, const char *reason)
{
	(void)fprintf(stderr, "%s:%u: %s", errors->path, line, severity);
	if (column) {
		(void)fputs("column \"", stderr);
		safe_text_print(column, stderr);
		(void)fputs("\": ", stderr);
	}
	if (value) {
		(void)fputc('"', stderr);
		safe_text_print(value, stderr);
		(void)fputs("\": ", stderr);
	}
	safe_text_print(reason, stderr);
	(void)fputc('\n', stderr);
}

void input_errors_put(
	void *context, unsigned line, const char *column, const char *value, const char *reason)
{
	struct input_errors *errors = context;

	if (errors->count++ < INPUT_ERRORS_SHOWN)
		print(errors, line, "", column, value, reason);
}

void input_errors_warn(struct input_errors *errors, unsigned line, const char *column,
	const char *value, const char *reason)
{
	if (errors->warnings++ < INPUT_ERRORS_SHOWN)
		print(errors, line, "warning: ", column, value, reason);
	else if (errors->warnings == INPUT_ERRORS_SHOWN + 1)
		(void)fprintf(stderr, "%s: there are more warnings\n", errors->path);
}

void input_errors_note(void *context, unsigned line, const char *text)
{
	const struct input_errors *errors = context;

	(void)fprintf(stderr, "%s:%u: note: %s\n", errors->path, line, text);
}

void input_errors_end(const struct input_errors *errors, const char *consequence)
{
	if (errors->count > INPUT_ERRORS_SHOWN)
		(void)fprintf(stderr, "%s: %" PRIu64 " more errors\n", errors->path,
			errors->count - INPUT_ERRORS_SHOWN);
	(void)fprintf(stderr, "%s: %s\n", errors->path, consequence);
}
