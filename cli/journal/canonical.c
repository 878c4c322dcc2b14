/* Quoting follows from the value alone, so that the same batch gives the same bytes. */
#include "cli/journal/canonical.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/journal/text.h"

#define NUMBER_SIZE 24

static int put_field(struct buffer *out, const char *text)
{
	return strpbrk(text, ",\" ") ? text_put_quoted(out, text) : text_put(out, text);
}

int canonical_put_header(struct buffer *out)
{
	int r = 0;

	for (size_t i = 0; i < JOURNAL_FIELD_COUNT && r == 0; i++) {
		r = text_put(out, journal_fields[i].name);
		if (r == 0)
			r = text_put(out, i + 1 < JOURNAL_FIELD_COUNT ? "," : "\n");
	}
	return r;
}

static int put_member(
	struct buffer *out, const struct journal_line *line, const struct journal_field *field)
{
	char number[NUMBER_SIZE];

	if (field->type == JOURNAL_FIELD_TEXT)
		return put_field(out, journal_line_text(line, field));
	if (field->type == JOURNAL_FIELD_CENTS)
		return text_put(out, journal_cents_print(line->amount_cents, number));
	(void)snprintf(number, sizeof(number), "%" PRIu64, line->line_no);
	return text_put(out, number);
}

int canonical_put_line(struct buffer *out, const struct journal_line *line)
{
	int r = 0;

	for (size_t i = 0; i < JOURNAL_FIELD_COUNT && r == 0; i++) {
		r = put_member(out, line, &journal_fields[i]);
		if (r == 0)
			r = text_put(out, i + 1 < JOURNAL_FIELD_COUNT ? "," : "\n");
	}
	return r;
}

const char *journal_digest_print(const uint8_t digest[SHA256_SIZE], char ret[JOURNAL_DIGEST_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]); /* fits */
	return ret;
}

int manifest_put(struct buffer *out, const struct journal_batch *batch,
	const struct journal_totals *totals, const uint8_t digest[SHA256_SIZE])
{
	char lines[NUMBER_SIZE], debits[JOURNAL_CENTS_SIZE], credits[JOURNAL_CENTS_SIZE];
	char sha256[JOURNAL_DIGEST_SIZE];
	const char *const values[] = {batch->id, lines,
		journal_cents_print(totals->debit_cents, debits),
		journal_cents_print(totals->credit_cents, credits),
		journal_digest_print(digest, sha256), batch->preparer, batch->approver,
		batch->software_rev, batch->closed_digest};
	const size_t count = sizeof(values) / sizeof(values[0]);
	int r;

	(void)snprintf(lines, sizeof(lines), "%" PRIu64, totals->lines); /* fits */
	r = text_put(out, "batch_id,lines,debit_total,credit_total,sha256,preparer,approver,"
			  "software_rev,closed_digest\n");
	for (size_t i = 0; i < count && r == 0; i++) {
		r = put_field(out, values[i]);
		if (r == 0)
			r = text_put(out, i + 1 < count ? "," : "\n");
	}
	return r;
}
