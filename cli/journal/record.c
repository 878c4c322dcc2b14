/* Padding goes by characters, as the width of a column does. */
#include "cli/journal/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/journal/text.h"

static int put_times(struct buffer *out, char c, size_t count)
{
	int r = buffer_reserve(out, count);

	while (count-- > 0 && r == 0)
		r = buffer_append(out, &c, 1);
	return r;
}

static bool is_sign(char c)
{
	return c == '-' || c == '+';
}

static int put_padded(struct buffer *out, const struct journal_column *column, const char *text)
{
	size_t characters, padding;
	int r = 0;

	(void)text_prefix(text, column->width, &characters); /* no more: it fits */
	padding = column->width - characters;
	if (!journal_value_is_right(column)) {
		r = text_put(out, text);
		return r < 0 ? r : put_times(out, column->pad, padding);
	}
	if (column->pad == '0' && is_sign(*text)) /* -0019.97, never 00-19.97 */
		r = buffer_append(out, text++, 1);
	if (r == 0)
		r = put_times(out, column->pad, padding);
	return r < 0 ? r : text_put(out, text);
}

static int put_separated(struct buffer *out, const struct journal_template *template,
	const char *text, char reason[JOURNAL_REASON_SIZE])
{
	const bool needs_quotes = strchr(text, template->separator) || strchr(text, '"');

	if (template->quote == JOURNAL_QUOTE_NEVER && needs_quotes) {
		(void)snprintf(reason, JOURNAL_REASON_SIZE,
			"has a separator or a quote, and the template quotes nothing");
		return -EBADMSG;
	}
	if (template->quote == JOURNAL_QUOTE_ALWAYS || needs_quotes)
		return text_put_quoted(out, text);
	return text_put(out, text);
}

static int put_line_end(struct buffer *out, const struct journal_template *template)
{
	return text_put(out, template->ends_in_crlf ? "\r\n" : "\n");
}

static int explain(const struct journal_template *template, enum journal_record which,
	const struct journal_column *column, const struct journal_scope *scope, const char *value,
	const char *reason, char error[JOURNAL_ERROR_SIZE])
{
	char line[48] = "";

	if (scope->line)
		(void)snprintf(line, sizeof(line), " of line %" PRIu64, scope->line->line_no);
	return journal_fail(error, -EBADMSG, "template %s: %s%s: column \"%s\": \"%.128s\": %s",
		template->name, journal_record_names[which], line, column->name, value, reason);
}

/* What is in front of the column in its line. */
static int put_before(const struct journal_template *template, const struct journal_column *column,
	unsigned *end, bool is_first, struct buffer *out)
{
	int r = 0;

	if (template->layout == JOURNAL_LAYOUT_FIXED) {
		r = put_times(out, ' ', column->first - 1 - *end);
		*end = column->first - 1 + column->width;
	} else if (!is_first) {
		r = buffer_append(out, &template->separator, 1);
	}
	return r;
}

static int put_column(const struct journal_template *template, enum journal_record which,
	const struct journal_column *column, const struct journal_scope *scope,
	struct buffer *value, struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	char reason[JOURNAL_REASON_SIZE] = "";
	int r = journal_value_put(template, column, scope, value, reason);
	const char *text = (const char *)value->data;

	if (r == 0)
		r = template->layout == JOURNAL_LAYOUT_FIXED
			    ? put_padded(out, column, text)
			    : put_separated(out, template, text, reason);
	if (r == -EBADMSG)
		return explain(
			template, which, column, scope, value->size ? text : "", reason, error);
	return r;
}

int record_put(const struct journal_template *template, enum journal_record which,
	const struct journal_scope *scope, struct buffer *value, struct buffer *out,
	char error[JOURNAL_ERROR_SIZE])
{
	const struct journal_columns *record = &template->record[which];
	unsigned end = 0;
	int r = 0;

	if (record->count == 0)
		return 0;
	for (size_t i = 0; i < record->count && r == 0; i++) {
		r = put_before(template, &record->column[i], &end, i == 0, out);
		if (r == 0)
			r = put_column(
				template, which, &record->column[i], scope, value, out, error);
	}
	if (r == 0 && template->layout == JOURNAL_LAYOUT_FIXED)
		r = put_times(out, ' ', record->width - end);
	return r < 0 ? r : put_line_end(out, template);
}

int record_put_names(const struct journal_template *template, struct buffer *out)
{
	const struct journal_columns *record = &template->record[JOURNAL_RECORD_DETAIL];
	int r = 0;

	for (size_t i = 0; i < record->count && r == 0; i++) {
		if (i)
			r = buffer_append(out, &template->separator, 1);
		if (r == 0)
			r = text_put(out, record->column[i].name);
	}
	return r < 0 ? r : put_line_end(out, template);
}
