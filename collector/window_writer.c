/* One window: close, encode, write, and only then commit. */
#include "collector/window_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

	memcpy(batch->stream, writer->spool->stream, HM_STREAM_SIZE);
	batch->sequence = writer->spool->next_sequence;
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

static int write_down(struct window_writer *writer, struct hm_batch *batch)
{
	int r;

	r = encode(writer, batch);
	if (r < 0)
		return r;
	buffer_clear(&writer->state);
	r = meter_save(writer->meter, &writer->state);
	if (r < 0)
		return r;
	return spool_append(writer->spool, writer->batch.data, writer->batch.size,
		writer->state.data, writer->state.size);
}

/* Once when it starts to fail, once when it works again. */
static void note_result(struct window_writer *writer, int r)
{
	if (r < 0 && !writer->is_failing)
		log_event(LOG_PRIORITY_ERROR, "spool_write_failed",
			"sequence=%" PRIu64
			" reason=\"%s\" consequence=\"metering goes on, the next "
			"window covers this one too\"",
			writer->spool->next_sequence, strerror(-r));
	if (r == 0 && writer->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "spool_write_recovered", "sequence=%" PRIu64,
			spool_last_sequence(writer->spool));
	writer->is_failing = r < 0;
}

bool window_writer_is_fresh(const struct window_writer *writer)
{
	return writer->spool->next_sequence == 1;
}

static int write_batch(struct window_writer *writer)
{
	struct hm_batch batch;
	int r;

	r = meter_close_window(writer->meter, &batch);
	if (r == -EAGAIN)
		return r;
	if (r == 0)
		r = write_down(writer, &batch);
	note_result(writer, r);
	if (r < 0)
		return r;

	meter_commit_window(writer->meter);
	return 0;
}

int window_writer_write(struct window_writer *writer)
{
	int r = write_batch(writer);

	if (r < 0)
		return r;
	while (r == 0 && meter_has_more(writer->meter))
		r = write_batch(writer); /* what fails is logged, and waits */
	return 0;
}
