/* One table of sources; what they give is text before any column looks at it. */
#include "cli/journal/value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/journal/latin.h"
#include "common/instant.h"
#include "common/utf8.h"

enum computed {
	COMPUTED_SIGNED_AMOUNT,
	COMPUTED_DEBIT,
	COMPUTED_CREDIT,
	COMPUTED_TOTAL,
	COMPUTED_ORIGIN_DR_CR
};

#define OF_BATCH(name_, kind_, member_)                                                            \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_ALL, JOURNAL_FROM_BATCH,                \
			offsetof(struct journal_batch, member_)                                    \
	}
#define OF_LINE(name_, kind_, member_)                                                             \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_LINE, JOURNAL_FROM_LINE,                \
			offsetof(struct journal_line, member_)                                     \
	}
#define OF_SCOPE(name_, kind_, reach_, member_)                                                    \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_##reach_, JOURNAL_FROM_SCOPE,           \
			offsetof(struct journal_scope, member_)                                    \
	}
#define COMPUTED(name_, kind_, reach_, which_)                                                     \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_##reach_, JOURNAL_FROM_COMPUTED, which_ \
	}

static const struct journal_source sources[] = {
	OF_BATCH("batch_id", TEXT, id),
	OF_BATCH("serial", COUNT, serial),
	OF_BATCH("institution", TEXT, institution),
	OF_BATCH("currency", TEXT, currency),
	OF_BATCH("post_date", DATE, post_date),
	OF_BATCH("fiscal_year", TEXT, fiscal_year),
	OF_BATCH("fiscal_period", TEXT, fiscal_period),
	OF_BATCH("preparer", TEXT, preparer),
	OF_BATCH("approver", TEXT, approver),
	OF_BATCH("approved_at", INSTANT, approved_usec),
	OF_BATCH("closed_digest", TEXT, closed_digest),
	OF_BATCH("software_rev", TEXT, software_rev),
	OF_LINE("line_no", COUNT, line_no),
	OF_LINE("chart", TEXT, chart),
	OF_LINE("fund", TEXT, fund),
	OF_LINE("org", TEXT, org),
	OF_LINE("account", TEXT, account),
	OF_LINE("program", TEXT, program),
	OF_LINE("activity", TEXT, activity),
	OF_LINE("location", TEXT, location),
	OF_LINE("project", TEXT, project),
	OF_LINE("dr_cr", TEXT, dr_cr),
	OF_LINE("amount", CENTS, amount_cents),
	OF_LINE("description", TEXT, description),
	OF_LINE("usage_period", TEXT, usage_period),
	OF_LINE("cost_centre", TEXT, cost_centre),
	OF_LINE("kind", TEXT, kind),
	OF_LINE("reverses_line", TEXT, reverses_line),
	OF_LINE("reference", TEXT, reference),
	OF_SCOPE("document", COUNT, ALL, document),
	OF_SCOPE("sequence", COUNT, LINE, sequence),
	OF_SCOPE("lines", COUNT, TOTALS, totals.lines),
	OF_SCOPE("debits", CENTS, TOTALS, totals.debit_cents),
	OF_SCOPE("credits", CENTS, TOTALS, totals.credit_cents),
	COMPUTED("total", CENTS, TOTALS, COMPUTED_TOTAL),
	COMPUTED("signed_amount", CENTS, LINE, COMPUTED_SIGNED_AMOUNT),
	COMPUTED("debit", CENTS, LINE, COMPUTED_DEBIT),
	COMPUTED("credit", CENTS, LINE, COMPUTED_CREDIT),
	COMPUTED("origin_dr_cr", TEXT, LINE, COMPUTED_ORIGIN_DR_CR),
};

const struct journal_source *journal_source_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
	}
	return NULL;
}

/* Where in "2026-10-02T14:05:09Z" what a word of a format means begins; as many characters as the
 * word has. */
static const struct {
	const char *word;
	size_t at;
	bool is_time;
} date_words[] = {
	{"YYYY", 0, false},
	{"YY", 2, false},
	{"MM", 5, false},
	{"DD", 8, false},
	{"hh", 11, true},
	{"mm", 14, true},
	{"ss", 17, true},
};

#define DATE_WORDS (sizeof(date_words) / sizeof(date_words[0]))
#define MONTH_WORD "MON"

/* Number of the word that @format begins with; DATE_WORDS: none. */
static size_t date_word(const char *format)
{
	size_t i = 0;

	while (i < DATE_WORDS &&
		strncmp(format, date_words[i].word, strlen(date_words[i].word)) != 0)
		i++;
	return i;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *journal_date_fault(const char *format, bool has_time)
{
	if (!*format)
		return "is empty";
	while (*format) {
		const size_t i = date_word(format);

		if (i < DATE_WORDS) {
			if (date_words[i].is_time && !has_time)
				return "this day has no time: hh, mm and ss are for approved_at";
			format += strlen(date_words[i].word);
		} else if (strncmp(format, MONTH_WORD, strlen(MONTH_WORD)) == 0) {
			format += strlen(MONTH_WORD);
		} else if (is_letter(*format++)) {
			return "is not made of YYYY, YY, MM, MON, DD, hh, mm, ss and signs";
		}
	}
	return NULL;
}

static int put(struct buffer *value, const char *text)
{
	return buffer_append(value, text, strlen(text));
}

static const char *month_name(const char *instant)
{
	static const char *const names[] = {
		"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
	const unsigned month = (unsigned)(instant[5] - '0') * 10 + (unsigned)(instant[6] - '0');

	return names[(month - 1) % 12];
}

/* @instant begins as RFC 3339 has it, up to where @format asks for. */
static int put_date(struct buffer *value, const char *format, const char *instant)
{
	int r = 0;

	while (*format && r == 0) {
		const size_t i = date_word(format);

		if (i < DATE_WORDS) {
			const size_t size = strlen(date_words[i].word);

			r = buffer_append(value, instant + date_words[i].at, size);
			format += size;
		} else if (strncmp(format, MONTH_WORD, strlen(MONTH_WORD)) == 0) {
			r = put(value, month_name(instant));
			format += strlen(MONTH_WORD);
		} else {
			r = buffer_append(value, format++, 1);
		}
	}
	return r;
}

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
	return put(value, text);
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
	r = put(value, text);
	return r < 0 ? r : end(value);
}

static int put_count(struct buffer *value, const struct journal_part *part, uint64_t count,
	char reason[JOURNAL_REASON_SIZE])
{
	char text[32];
	int r;

	(void)snprintf(text, sizeof(text), "%0*" PRIu64, (int)part->digits, count); /* fits */
	if (!part->digits || strlen(text) <= part->digits)
		return put(value, text);
	(void)snprintf(reason, JOURNAL_REASON_SIZE, "%s has more than %u digit%s",
		part->source->name, part->digits, part->digits == 1 ? "" : "s");
	r = replace(value, text);
	return r < 0 ? r : -EBADMSG;
}

static const void *member(const struct journal_source *source, const struct journal_scope *scope)
{
	const char *base = source->from == JOURNAL_FROM_BATCH  ? (const char *)scope->batch
			   : source->from == JOURNAL_FROM_LINE ? (const char *)scope->line
							       : (const char *)scope;

	return base + source->offset;
}

static int64_t computed_cents(size_t which, const struct journal_scope *scope)
{
	const struct journal_line *line = scope->line;

	if (which == COMPUTED_TOTAL)
		return scope->totals.debit_cents + scope->totals.credit_cents;
	assert(line); /* no header or trailer has these: template_column.c */
	if (which == COMPUTED_SIGNED_AMOUNT)
		return journal_line_is_debit(line) ? line->amount_cents : -line->amount_cents;
	return journal_line_is_debit(line) == (which == COMPUTED_DEBIT) ? line->amount_cents : 0;
}

static int64_t cents_of(const struct journal_source *source, const struct journal_scope *scope)
{
	int64_t cents;

	if (source->from == JOURNAL_FROM_COMPUTED)
		return computed_cents(source->offset, scope);
	memcpy(&cents, member(source, scope), sizeof(cents));
	return cents;
}

/* A debit's credit: not 0.00, but nothing. */
static bool is_absent(const struct journal_source *source, int64_t cents)
{
	return cents == 0 && source->reach == JOURNAL_REACH_LINE;
}

static int put_source_cents(struct buffer *value, const struct journal_column *column,
	const struct journal_source *source, const struct journal_scope *scope)
{
	const int64_t cents = cents_of(source, scope);

	return is_absent(source, cents) ? 0 : put_cents(value, column, cents);
}

static const char *text_of(const struct journal_source *source, const struct journal_scope *scope)
{
	const char *text;

	if (source->from == JOURNAL_FROM_COMPUTED) {
		const char *reverses = scope->line->reverses_line;
		const bool is_reversal = reverses && *reverses;

		return journal_line_is_debit(scope->line) != is_reversal ? "D" : "C";
	}
	memcpy(&text, member(source, scope), sizeof(text));
	return text ? text : "";
}

static int put_instant(struct buffer *value, const char *format, int64_t usec)
{
	char instant[INSTANT_SIZE];

	return put_date(value, format ? format : "YYYYMMDDhhmmss", instant_format(usec, instant));
}

static int put_part(const struct journal_column *column, const struct journal_part *part,
	const struct journal_scope *scope, struct buffer *value, char reason[JOURNAL_REASON_SIZE])
{
	uint64_t count;
	int64_t usec;

	if (!part->source)
		return put(value, part->text);
	switch (part->source->kind) {
	case JOURNAL_KIND_COUNT:
		memcpy(&count, member(part->source, scope), sizeof(count));
		return put_count(value, part, count, reason);
	case JOURNAL_KIND_CENTS:
		return put_source_cents(value, column, part->source, scope);
	case JOURNAL_KIND_DATE:
		return put_date(value, column->date ? column->date : "YYYY-MM-DD",
			text_of(part->source, scope));
	case JOURNAL_KIND_INSTANT:
		memcpy(&usec, member(part->source, scope), sizeof(usec));
		return put_instant(value, column->date, usec);
	case JOURNAL_KIND_TEXT:
		break;
	}
	return put(value, text_of(part->source, scope));
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
			r = put(&ascii, equivalent);
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
	const size_t size = value->size - 1;
	size_t at = 0;
	uint32_t code;

	for (unsigned n = 0; n < column->width && at < size; n++)
		at += utf8_decode((const char *)value->data + at, size - at, &code);
	if (at == size)
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
