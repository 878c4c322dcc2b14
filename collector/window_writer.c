/* One window: close, encode, write, and only then commit. */
#include "collector/window_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "proto/wire.h"

void window_writer_init(struct window_writer *writer, struct meter *meter, struct spool *spool)
{
	*writer = (struct window_writer){.meter = meter,
		.spool = spool,
		.batch = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE),
		.state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE)};
}

void window_writer_release(struct window_writer *writer)
{
	buffer_release(&writer->batch);
	buffer_release(&writer->state);
}

static int encode(struct window_writer *writer, struct hm_batch *batch)
{
	struct buffer *buffer = &writer->batch;
	size_t size;
	int r;

	memcpy(batch->stream, writer->spool->identity.stream, HM_STREAM_SIZE);
	batch->sequence = spool_next_number(writer->spool);
	buffer_clear(buffer);
	r = buffer_reserve(buffer, hm_wire_size(batch));
	if (r < 0)
		return r;
	r = hm_wire_encode(batch, buffer->data, buffer->capacity, &size);
	if (r < 0)
		return r;

	buffer->size = size;
	return 0;
}

/* Before anything is written into a directory that nobody finds again. */
static int renew_spool(struct window_writer *writer)
{
	char quoted[LOG_QUOTED_SIZE];
	uint64_t n_missing = 0;
	int r = spool_renew(writer->spool, &n_missing);

	if (r <= 0)
		return r;
	writer->n_missing += n_missing;
	log_event(LOG_PRIORITY_ERROR, "spool_renewed",
		"directory=%s missing=%" PRIu64 " acknowledged=%" PRIu64 " next_sequence=%" PRIu64
		" reason=\"it was deleted, moved or unmounted\"",
		log_quote(quoted, writer->spool->config.directory), n_missing,
		spool_acked(writer->spool), writer->spool->next_sequence);
	return 0;
}

/* As much as the last record took is about what this one takes. */
static void make_space(struct window_writer *writer)
{
	struct spool *spool = writer->spool;
	uint64_t merged = spool->n_merged, into = spool->n_merged_into, lost = spool->n_lost;
	int r = spool_make_space(spool, writer->batch.size + writer->state.size);

	if (spool->n_merged != merged)
		log_event(LOG_PRIORITY_WARNING, "spool_full",
			"merged=%" PRIu64 " into=%" PRIu64 " bytes=%" PRIu64,
			spool->n_merged - merged, spool->n_merged_into - into, spool_bytes(spool));
	if (spool->n_lost != lost)
		log_event(LOG_PRIORITY_ERROR, "spool_full",
			"lost=%" PRIu64 " lost_since_start=%" PRIu64
			" consequence=\"the oldest batches are given up\"",
			spool->n_lost - lost, spool->n_lost);
	if (r < 0 && !writer->is_too_large)
		log_event(LOG_PRIORITY_WARNING, "spool_not_merged", "reason=\"%s\" bytes=%" PRIu64,
			spool_error_text(r), spool_bytes(spool));
	writer->is_too_large = r < 0;
	if (r < 0 || spool->n_merged != merged || spool->n_lost != lost)
		writer->full_until = spool_last_sequence(spool);
}

/* Once when it starts to fail, once when it works again. */
static void note_result(struct window_writer *writer, int r)
{
	if (r < 0 && !writer->is_failing)
		log_event(LOG_PRIORITY_ERROR, "spool_write_failed",
			"sequence=%" PRIu64
			" reason=\"%s\" consequence=\"metering goes on, the next "
			"window covers this one too\"",
			writer->spool->next_sequence, spool_error_text(r));
	if (r == 0 && writer->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "spool_write_recovered", "sequence=%" PRIu64,
			spool_last_sequence(writer->spool));
	writer->is_failing = r < 0;
}

/* A window that can't be written grows: its start is the first one's, its end the last one's. */
static void note_unwritten(struct window_writer *writer, const struct hm_batch *batch)
{
	if (writer->unwritten_start_usec == 0)
		writer->unwritten_start_usec = batch->window_start_usec;
	writer->unwritten_end_usec = batch->window_end_usec;
}

static void log_stream(const struct spool *spool)
{
	if (spool->change != SPOOL_CHANGE_NONE)
		log_event(LOG_PRIORITY_NOTICE, "stream_started", "reason=%s from_sequence=%" PRIu64,
			spool_change_name(spool->change), spool->next_sequence);
}

int window_writer_resume(struct meter *meter, struct spool *spool, const struct buffer *state)
{
	int r = 0;

	if (spool->next_sequence == 1)
		return 0;
	if (meter_restore(meter, state->data, state->size) < 0) {
		log_event(LOG_PRIORITY_WARNING, "state_refused",
			"consequence=\"usage since the last batch of the run before is not metered\"");
		if (state->size > 0)
			r = spool_start_stream(spool);
	}
	if (r == 0)
		log_stream(spool);
	return r;
}

bool window_writer_is_fresh(const struct window_writer *writer)
{
	return writer->spool->next_sequence == 1;
}

bool window_writer_is_full(const struct window_writer *writer)
{
	return spool_acked(writer->spool) < writer->full_until;
}

void window_writer_prepare(struct window_writer *writer)
{
	writer->error = renew_spool(writer);
	if (writer->error == 0)
		make_space(writer);
}

bool window_writer_encode(struct window_writer *writer)
{
	struct hm_batch batch;
	int r = meter_close_window(writer->meter, &batch);

	if (r == -EAGAIN)
		return false;
	if (r == 0)
		note_unwritten(writer, &batch);
	if (writer->error == 0)
		writer->error = r;
	if (writer->error == 0)
		writer->error = encode(writer, &batch);
	buffer_clear(&writer->state);
	if (writer->error == 0)
		writer->error = meter_save(writer->meter, &writer->state);
	return true;
}

void window_writer_append(struct window_writer *writer)
{
	if (writer->error == 0)
		writer->error = spool_append(writer->spool, writer->batch.data, writer->batch.size,
			writer->state.data, writer->state.size);
}

bool window_writer_finish(struct window_writer *writer)
{
	note_result(writer, writer->error);
	if (writer->error < 0)
		return false;
	writer->unwritten_start_usec = writer->unwritten_end_usec = 0;
	writer->n_written++;
	meter_commit_window(writer->meter);
	return meter_has_more(writer->meter);
}

int window_writer_write(struct window_writer *writer)
{
	bool has_more;

	do {
		window_writer_prepare(writer);
		if (!window_writer_encode(writer))
			return 0;
		window_writer_append(writer);
		has_more = window_writer_finish(writer);
	} while (has_more);
	return writer->error;
}

static const char *format_utc(int64_t usec, char text[32])
{
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm;

	if (usec == 0 || !gmtime_r(&seconds, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return "unknown";
	return text;
}

int window_writer_settle(const struct window_writer *writer)
{
	char start[32], end[32];

	log_event(LOG_PRIORITY_NOTICE, "stopped",
		"sequence=%" PRIu64 " acknowledged=%" PRIu64 " refused=%" PRIu64
		" missing=%" PRIu64,
		spool_last_sequence(writer->spool), spool_acked(writer->spool),
		writer->spool->n_refused, writer->n_missing + writer->spool->n_lost);
	if (!writer->is_failing)
		return 0;
	log_event(LOG_PRIORITY_ERROR, "windows_not_written",
		"start=%s end=%s consequence=\"the next collector starts behind sequence %" PRIu64
		"; it meters what servers that still run used meanwhile\"",
		format_utc(writer->unwritten_start_usec, start),
		format_utc(writer->unwritten_end_usec, end), spool_last_sequence(writer->spool));
	return -EIO;
}
