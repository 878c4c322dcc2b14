/* What sources say is text before a column looks at it: mapped, transliterated, measured. */
#include "cli/journal/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/journal/date.h"
#include "cli/journal/latin.h"
#include "cli/journal/text.h"
#include "common/instant.h"
#include "common/utf8.h"

static int put_cents(struct buffer *value, const struct journal_column *column, int64_t cents)
{
	static const char *const points[] = {
		[JOURNAL_DECIMALS_POINT] = ".",
		[JOURNAL_DECIMALS_COMMA] = ",",
		[JOURNAL_DECIMALS_IMPLIED] = "",
	};
	const uint64_t size = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
	const char *sign = cents < 0 ? "-" : column->sign == JOURNAL_SIGN_PLUS ? "+" : "";
	const bool is_behind = column->sign == JOURNAL_SIGN_TRAILING;
	char text[JOURNAL_CENTS_SIZE + 2];

	(void)snprintf(text, sizeof(text), "%s%" PRIu64 "%s%02" PRIu64 "%s", is_behind ? "" : sign,
		size / 100, points[column->decimals], size % 100, is_behind ? sign : ""); /* fits */
	return text_put(value, text);
}

static int end(struct buffer *value)
{
	return buffer_append(value, "", 1);
}

/* Another text for what is there. */
static int replace(struct buffer *value, const char *text)
{
	int r;

	buffer_clear(value);
	r = text_put(value, text);
	return r < 0 ? r : end(value);
}

static int put_count(struct buffer *value, const struct journal_part *part, uint64_t count,
	char reason[JOURNAL_REASON_SIZE])
{
	char text[32];
	int r;

	(void)snprintf(text, sizeof(text), "%0*" PRIu64, (int)part->digits, count); /* fits */
	if (!part->digits || strlen(text) <= part->digits)
		return text_put(value, text);
	(void)snprintf(reason, JOURNAL_REASON_SIZE, "%s has more than %u digit%s",
		part->source->name, part->digits, part->digits == 1 ? "" : "s");
	r = replace(value, text);
	return r < 0 ? r : -EBADMSG;
}

/* A debit's credit: not 0.00, but nothing. */
static bool is_absent(const struct journal_source *source, int64_t cents)
{
	return cents == 0 && source->reach == JOURNAL_REACH_LINE;
}

static int put_source_cents(struct buffer *value, const struct journal_column *column,
	const struct journal_source *source, const struct journal_scope *scope)
{
	const int64_t cents = journal_source_cents(source, scope);

	return is_absent(source, cents) ? 0 : put_cents(value, column, cents);
}

static int put_instant(struct buffer *value, const char *format, int64_t usec)
{
	char instant[INSTANT_SIZE];

	return date_put(value, format ? format : "YYYYMMDDhhmmss", instant_format(usec, instant));
}

static int put_part(const struct journal_column *column, const struct journal_part *part,
	const struct journal_scope *scope, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	if (!part->source)
		return text_put(value, part->text);
	switch (part->source->kind) {
	case JOURNAL_KIND_COUNT:
		return put_count(value, part, journal_source_count(part->source, scope), reason);
	case JOURNAL_KIND_CENTS:
		return put_source_cents(value, column, part->source, scope);
	case JOURNAL_KIND_DATE:
		return date_put(value, column->date ? column->date : "YYYY-MM-DD",
			journal_source_text(part->source, scope));
	case JOURNAL_KIND_INSTANT:
		return put_instant(value, column->date, journal_source_usec(part->source, scope));
	case JOURNAL_KIND_TEXT:
		break;
	}
	return text_put(value, journal_source_text(part->source, scope));
}

static int map(
	const struct journal_column *column, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	if (!column->n_pairs)
		return 0;
	for (size_t i = 0; i < column->n_pairs; i++) {
		const struct journal_pair *pair = &column->pair[i];

		if (strcmp(pair->from, (const char *)value->data) == 0 ||
			strcmp(pair->from, "*") == 0)
			return replace(value, pair->to);
	}
	(void)snprintf(reason, JOURNAL_REASON_SIZE, "is not in the column's map");
	return -EBADMSG;
}

static int refuse_character(uint32_t code, char reason[JOURNAL_REASON_SIZE])
{
	(void)snprintf(
		reason, JOURNAL_REASON_SIZE, "U+%04" PRIX32 " has no equivalent in ASCII", code);
	return -EBADMSG;
}

/* What is not ASCII, in ASCII. */
static int to_ascii(
	enum journal_charset charset, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	struct buffer ascii = BUFFER_INIT(JOURNAL_VALUE_MAX);
	size_t size = value->size - 1;
	int r = 0;

	for (size_t at = 0; at < size && r == 0;) {
		const char *text = (const char *)value->data + at;
		uint32_t code = 0;
		size_t length = utf8_decode(text, size - at, &code);
		const char *equivalent =
			charset == JOURNAL_CHARSET_LATIN && code >= 0x80 ? latin_ascii(code) : NULL;

		if (code < 0x80)
			r = buffer_append(&ascii, text, length);
		else if (equivalent)
			r = text_put(&ascii, equivalent);
		else
			r = refuse_character(code, reason);
		at += length;
	}
	if (r == 0)
		r = end(&ascii);
	if (r == 0)
		r = replace(value, (const char *)ascii.data);
	buffer_release(&ascii);
	return r;
}

/* The value within its width, or a reason. Characters are code points. */
static int fit(
	const struct journal_column *column, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	size_t characters;
	size_t at = text_prefix((const char *)value->data, column->width, &characters);

	if (at + 1 == value->size)
		return 0;
	if (!column->is_truncated) {
		(void)snprintf(reason, JOURNAL_REASON_SIZE, "is longer than %u character%s",
			column->width, column->width == 1 ? "" : "s");
		return -EBADMSG;
	}
	value->size = at;
	return end(value);
}

static int put_parts(const struct journal_column *column, const struct journal_scope *scope,
	struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	int r = 0;

	buffer_clear(value);
	for (size_t i = 0; i < column->n_parts && r == 0; i++)
		r = put_part(column, &column->part[i], scope, value, reason);
	return r < 0 ? r : end(value);
}

int journal_value_put(const struct journal_template *template, const struct journal_column *column,
	const struct journal_scope *scope, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	int r = put_parts(column, scope, value, reason);

	if (r == 0)
		r = map(column, value, reason);
	if (r == 0 && template->charset != JOURNAL_CHARSET_UTF8)
		r = to_ascii(template->charset, value, reason);
	if (r == -E2BIG) {
		buffer_clear(value); /* it has no end */
		(void)snprintf(reason, JOURNAL_REASON_SIZE, "is longer than 64 KiB");
		return -EBADMSG;
	}
	if (r < 0)
		return r;
	if (column->is_required && value->size == 1) {
		(void)snprintf(reason, JOURNAL_REASON_SIZE, "is required");
		return -EBADMSG;
	}
	return fit(column, value, reason);
}

bool journal_value_is_right(const struct journal_column *column)
{
	const struct journal_source *source = column->part[0].source;

	if (column->align != JOURNAL_ALIGN_BY_KIND)
		return column->align == JOURNAL_ALIGN_RIGHT;
	return column->n_parts == 1 && source &&
	       (source->kind == JOURNAL_KIND_COUNT || source->kind == JOURNAL_KIND_CENTS);
}
