/* What a ledger would refuse is refused here, before anything is written. */
#include "cli/journal/journal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/utf8.h"

#define YEAR_10000_USEC 253402300800000000

#define FIELD(member_, type_)                                                                      \
	{                                                                                          \
		.name = #member_, .type = (type_),                                                 \
		.offset = offsetof(struct journal_line, member_)                                   \
	}
#define TEXT(member_) FIELD(member_, JOURNAL_FIELD_TEXT)

const struct journal_field journal_fields[JOURNAL_FIELD_COUNT] = {
	TEXT(batch_id),
	FIELD(line_no, JOURNAL_FIELD_NUMBER),
	TEXT(post_date),
	TEXT(fiscal_year),
	TEXT(fiscal_period),
	TEXT(institution),
	TEXT(chart),
	TEXT(fund),
	TEXT(org),
	TEXT(account),
	TEXT(program),
	TEXT(activity),
	TEXT(location),
	TEXT(project),
	TEXT(dr_cr),
	{"amount", JOURNAL_FIELD_CENTS, offsetof(struct journal_line, amount_cents)},
	TEXT(currency),
	TEXT(description),
	TEXT(usage_period),
	TEXT(cost_centre),
	TEXT(kind),
	TEXT(reverses_line),
	TEXT(reference),
};

int journal_fail(char error[JOURNAL_ERROR_SIZE], int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(error, JOURNAL_ERROR_SIZE, format, arguments); /* cut where it is long */
	va_end(arguments);
	return r;
}

const char *journal_line_text(const struct journal_line *line, const struct journal_field *field)
{
	const char *text;

	memcpy(&text, (const char *)line + field->offset, sizeof(text));
	return text ? text : "";
}

/* Does @text look like @pattern: 0 for a digit, A for a capital, else the character itself? */
static bool looks_like(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '0'	  ? !isdigit((unsigned char)*text)
			: *pattern == 'A' ? *text < 'A' || *text > 'Z'
					  : *text != *pattern)
			return false;
	}
	return !*text;
}

static bool is_date(const char *text)
{
	char instant[32];
	const char *reason;
	int64_t usec;

	if (!looks_like(text, "0000-00-00"))
		return false;
	(void)snprintf(instant, sizeof(instant), "%sT00:00:00Z", text);
	return instant_parse(instant, &usec, &reason) == 0;
}

static bool is_month(const char *text)
{
	char date[16];

	(void)snprintf(date, sizeof(date), "%s-01", text); /* cut where it is no month */
	return is_date(date);
}

static bool is_id(const char *text)
{
	size_t size = strspn(text, "0123456789_-"
				   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return size > 0 && size <= JOURNAL_ID_MAX && !text[size] && *text != '-';
}

/* Why @text cannot stand in a journal; NULL: it can. */
static const char *text_fault(const char *text)
{
	size_t size = strnlen(text, JOURNAL_TEXT_MAX + 1);
	uint32_t code;

	if (size > JOURNAL_TEXT_MAX)
		return "is longer than 1024 bytes";
	for (size_t at = 0; at < size;) {
		size_t length = utf8_decode(text + at, size - at, &code);

		if (length == 0)
			return "is not UTF-8";
		if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
			code == 0x2029)
			return "has a control character or line break";
		at += length;
	}
	return NULL;
}

static bool is_given(const char *text)
{
	return text && *text;
}

int journal_batch_check(const struct journal_batch *batch, char error[JOURNAL_ERROR_SIZE])
{
	const struct {
		const char *name;
		const char *text;
		bool is_sound;
		const char *reason;
	} members[] = {
		{"id", batch->id, is_given(batch->id) && is_id(batch->id),
			"is not 1 to 64 letters, digits, _ and - without a - in front"},
		{"institution", batch->institution, true, ""},
		{"currency", batch->currency,
			is_given(batch->currency) && looks_like(batch->currency, "AAA"),
			"is not three capital letters"},
		{"post_date", batch->post_date,
			is_given(batch->post_date) && is_date(batch->post_date),
			"is not a day as YYYY-MM-DD"},
		{"fiscal_year", batch->fiscal_year,
			is_given(batch->fiscal_year) && looks_like(batch->fiscal_year, "0000"),
			"is not a year as YYYY"},
		{"fiscal_period", batch->fiscal_period,
			is_given(batch->fiscal_period) && looks_like(batch->fiscal_period, "00"),
			"is not two digits"},
		{"preparer", batch->preparer, true, ""},
		{"approver", batch->approver, true, ""},
		{"closed_digest", batch->closed_digest, true, ""},
		{"software_rev", batch->software_rev, true, ""},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = members[i].text ? members[i].text : "";

		if (!*text || text_fault(text))
			return journal_fail(error, -EBADMSG, "batch: %s: %s", members[i].name,
				*text ? text_fault(text) : "is missing");
		if (!members[i].is_sound)
			return journal_fail(error, -EBADMSG, "batch: %s \"%s\": %s",
				members[i].name, text, members[i].reason);
	}
	if (batch->approved_usec <= 0 || batch->approved_usec >= YEAR_10000_USEC)
		return journal_fail(error, -EBADMSG, "batch: approved_usec: is no time");
	return 0;
}

bool journal_line_is_debit(const struct journal_line *line)
{
	return strcmp(line->dr_cr, "D") == 0;
}

static int fail_field(char *error, const struct journal_line *line, const char *name,
	const char *value, const char *reason)
{
	return journal_fail(error, -EBADMSG, "line %" PRIu64 ": %s \"%.64s\": %s", line->line_no,
		name, value, reason);
}

static int check_texts(const struct journal_line *line, char *error)
{
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT; i++) {
		const struct journal_field *field = &journal_fields[i];

		if (field->type != JOURNAL_FIELD_TEXT)
			continue;
		if (text_fault(journal_line_text(line, field)))
			return journal_fail(error, -EBADMSG, "line %" PRIu64 ": %s: %s",
				line->line_no, field->name,
				text_fault(journal_line_text(line, field)));
	}
	return 0;
}

/* What a line repeats of its batch. */
static int check_same(
	const struct journal_line *line, const struct journal_batch *batch, char *error)
{
	const struct {
		const char *name, *of_line, *of_batch;
	} members[] = {
		{"batch_id", line->batch_id, batch->id},
		{"institution", line->institution, batch->institution},
		{"currency", line->currency, batch->currency},
		{"post_date", line->post_date, batch->post_date},
		{"fiscal_year", line->fiscal_year, batch->fiscal_year},
		{"fiscal_period", line->fiscal_period, batch->fiscal_period},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = members[i].of_line ? members[i].of_line : "";

		if (strcmp(text, members[i].of_batch) != 0)
			return fail_field(
				error, line, members[i].name, text, "is not that of the batch");
	}
	return 0;
}

int journal_line_check(const struct journal_line *line, const struct journal_batch *batch,
	const struct journal_totals *totals, char error[JOURNAL_ERROR_SIZE])
{
	char cents[JOURNAL_CENTS_SIZE];
	int r;

	if (line->line_no != totals->lines + 1)
		return journal_fail(error, -EBADMSG,
			"line %" PRIu64 ": stands where line %" PRIu64 " belongs", line->line_no,
			totals->lines + 1);
	r = check_texts(line, error);
	if (r == 0)
		r = check_same(line, batch, error);
	if (r < 0)
		return r;
	if (!line->dr_cr || (strcmp(line->dr_cr, "D") != 0 && strcmp(line->dr_cr, "C") != 0))
		return fail_field(
			error, line, "dr_cr", line->dr_cr ? line->dr_cr : "", "is neither D nor C");
	if (line->amount_cents <= 0)
		return fail_field(error, line, "amount",
			journal_cents_print(line->amount_cents, cents), "is not positive");
	if (is_given(line->usage_period) && !is_month(line->usage_period))
		return fail_field(error, line, "usage_period", line->usage_period,
			"is not a month as YYYY-MM");
	return 0;
}

int journal_totals_add(struct journal_totals *totals, const struct journal_line *line)
{
	int64_t *sum = journal_line_is_debit(line) ? &totals->debit_cents : &totals->credit_cents;
	int64_t both;

	if (__builtin_add_overflow(totals->debit_cents, totals->credit_cents, &both) ||
		__builtin_add_overflow(both, line->amount_cents, &both))
		return -ERANGE;
	*sum += line->amount_cents;
	totals->lines++;
	return 0;
}

int journal_totals_balance(const struct journal_totals *totals, char error[JOURNAL_ERROR_SIZE])
{
	char debits[JOURNAL_CENTS_SIZE], credits[JOURNAL_CENTS_SIZE];

	if (totals->lines == 0)
		return journal_fail(error, -EBADMSG, "the batch has no lines");
	if (totals->debit_cents == totals->credit_cents)
		return 0;
	return journal_fail(error, -EBADMSG, "the batch does not balance: debits %s, credits %s",
		journal_cents_print(totals->debit_cents, debits),
		journal_cents_print(totals->credit_cents, credits));
}

const char *journal_cents_print(int64_t cents, char ret[JOURNAL_CENTS_SIZE])
{
	uint64_t size = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;

	(void)snprintf(ret, JOURNAL_CENTS_SIZE, "%s%" PRIu64 ".%02" PRIu64, cents < 0 ? "-" : "",
		size / 100, size % 100); /* fits */
	return ret;
}
