/*
 * Lines that balance only together are held as a group, and a document takes whole groups:
 *
 *	D 10  C 10 | D 5  D 7  C 12 | D 3  C 3      at most 6 lines: 5 in the first document
 */
#include "cli/journal/feed.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/journal/record.h"
#include "cli/journal/value.h"

/* Does the header say anything of the details behind it? */
static bool has_totals(const struct journal_columns *record)
{
	for (size_t i = 0; i < record->count; i++) {
		for (size_t j = 0; j < record->column[i].n_parts; j++) {
			const struct journal_source *source = record->column[i].part[j].source;

			if (source && source->reach == JOURNAL_REACH_TOTALS)
				return true;
		}
	}
	return false;
}

void journal_feed_init(struct journal_feed *feed, const struct journal_batch *batch,
	const struct journal_template *template)
{
	*feed = (struct journal_feed){
		.template = template,
		.scope = {.batch = batch},
		.has_late_header = has_totals(&template->record[JOURNAL_RECORD_HEADER]),
		.details = BUFFER_INIT(JOURNAL_DOCUMENT_SIZE_MAX),
		.value = BUFFER_INIT(JOURNAL_VALUE_MAX),
		.held = BUFFER_INIT(SIZE_MAX / 2), /* as many lines as a document has at most */
	};
}

void journal_feed_release(struct journal_feed *feed)
{
	buffer_release(&feed->details);
	buffer_release(&feed->value);
	buffer_release(&feed->held);
}

static int put_record(struct journal_feed *feed, enum journal_record which, struct buffer *out,
	char error[JOURNAL_ERROR_SIZE])
{
	return record_put(feed->template, which, &feed->scope, &feed->value, out, error);
}

static int open_document(
	struct journal_feed *feed, struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	feed->scope.document++;
	feed->scope.sequence = 0;
	feed->scope.totals = (struct journal_totals){0};
	if (feed->has_late_header)
		return 0;
	return put_record(feed, JOURNAL_RECORD_HEADER, out, error);
}

static int close_document(
	struct journal_feed *feed, struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	int r = 0;

	if (feed->has_late_header) {
		r = put_record(feed, JOURNAL_RECORD_HEADER, out, error);
		if (r == 0)
			r = buffer_append(out, feed->details.data, feed->details.size);
		buffer_clear(&feed->details);
	}
	if (r == 0)
		r = put_record(feed, JOURNAL_RECORD_TRAILER, out, error);
	feed->scope.totals = (struct journal_totals){0};
	return r;
}

static int put_detail(struct journal_feed *feed, const struct journal_line *line,
	struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	struct buffer *to = feed->has_late_header ? &feed->details : out;
	int r = feed->scope.totals.lines == 0 ? open_document(feed, out, error) : 0;

	if (r < 0)
		return r;
	feed->scope.sequence++;
	feed->scope.line = line;
	r = record_put(
		feed->template, JOURNAL_RECORD_DETAIL, &feed->scope, &feed->value, to, error);
	feed->scope.line = NULL;
	if (r == -E2BIG)
		return journal_fail(error, -EBADMSG,
			"template %s: a document has more than 1 GiB of details",
			feed->template->name);
	return r < 0 ? r : journal_totals_add(&feed->scope.totals, line);
}

/* Packed: number and cents as u64, then the texts, each with its NUL. */
static int hold(struct journal_feed *feed, const struct journal_line *line)
{
	int r = buffer_append_u64(&feed->held, line->line_no);

	if (r == 0)
		r = buffer_append_u64(&feed->held, (uint64_t)line->amount_cents);
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT && r == 0; i++) {
		const char *text;

		if (journal_fields[i].type != JOURNAL_FIELD_TEXT)
			continue;
		text = journal_line_text(line, &journal_fields[i]);
		r = buffer_append(&feed->held, text, strlen(text) + 1);
	}
	return r < 0 ? r : journal_totals_add(&feed->held_of, line);
}

/* The next line of what was held, into which its texts point. */
static int unpack(struct cursor *cursor, struct journal_line *ret)
{
	uint64_t cents;
	int r = cursor_u64(cursor, &ret->line_no);

	if (r == 0)
		r = cursor_u64(cursor, &cents);
	if (r < 0)
		return r;
	ret->amount_cents = (int64_t)cents;
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT && r == 0; i++) {
		const unsigned char *text = cursor->at;

		if (journal_fields[i].type != JOURNAL_FIELD_TEXT)
			continue;
		memcpy((char *)ret + journal_fields[i].offset, &text, sizeof(text));
		r = cursor_bytes(cursor, strlen((const char *)text) + 1, &text);
	}
	return r;
}

/* What was held goes into the document, or the next one. */
static int place_held(struct journal_feed *feed, struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	struct cursor cursor = {feed->held.data, feed->held.data + feed->held.size};
	const uint64_t lines = feed->scope.totals.lines;
	struct journal_line line = {0};
	int r = 0;

	if (lines && lines + feed->held_of.lines > feed->template->document_max)
		r = close_document(feed, out, error);
	while (cursor.at < cursor.end && r == 0) {
		r = unpack(&cursor, &line);
		if (r == 0)
			r = put_detail(feed, &line, out, error);
	}
	buffer_clear(&feed->held);
	feed->held_of = (struct journal_totals){0};
	return r;
}

static bool is_whole(const struct journal_feed *feed)
{
	return feed->template->is_cut_anywhere ||
	       feed->held_of.debit_cents == feed->held_of.credit_cents;
}

int journal_feed_begin(struct journal_feed *feed, struct buffer *out)
{
	return feed->template->has_names ? record_put_names(feed->template, out) : 0;
}

int journal_feed_line(struct journal_feed *feed, const struct journal_line *line,
	struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	const unsigned max = feed->template->document_max;
	int r;

	if (!max)
		return put_detail(feed, line, out, error);
	if (feed->held_of.lines == 0)
		feed->held_from = line->line_no;
	if (feed->held_of.lines == max)
		return journal_fail(error, -EBADMSG,
			"template %s: the lines from %" PRIu64 " to %" PRIu64
			" do not balance, and a document has at most %u",
			feed->template->name, feed->held_from, line->line_no - 1, max);
	r = hold(feed, line);
	if (r < 0)
		return r;
	return is_whole(feed) ? place_held(feed, out, error) : 0;
}

int journal_feed_end(struct journal_feed *feed, struct buffer *out, char error[JOURNAL_ERROR_SIZE])
{
	assert(feed->scope.totals.lines > 0);
	assert(feed->held_of.lines == 0); /* the batch balances, so its last lines do */
	return close_document(feed, out, error);
}
