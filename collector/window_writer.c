/* One window: close, encode, write, and only then commit. */
#include "collector/window_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "proto/wire.h"

void shipper_init(struct shipper *shipper, struct meter *meter, struct spool *spool)
{
	*shipper = (struct shipper){.meter = meter,
		.spool = spool,
		.batch = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE),
		.state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE)};
}

void shipper_release(struct shipper *shipper)
{
	buffer_release(&shipper->batch);
	buffer_release(&shipper->state);
}

static int encode(struct shipper *shipper, struct hm_batch *batch)
{
	struct buffer *buffer = &shipper->batch;
	size_t size;
	int r;

	memcpy(batch->stream, shipper->spool->stream, HM_STREAM_SIZE);
	batch->sequence = shipper->spool->next_sequence;
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

static int write_down(struct shipper *shipper, struct hm_batch *batch)
{
	int r;

	r = encode(shipper, batch);
	if (r < 0)
		return r;
	buffer_clear(&shipper->state);
	r = meter_save(shipper->meter, &shipper->state);
	if (r < 0)
		return r;
	return spool_append(shipper->spool, shipper->batch.data, shipper->batch.size,
		shipper->state.data, shipper->state.size);
}

/* Once when it starts to fail, once when it works again. */
static void note_result(struct shipper *shipper, int r)
{
	if (r < 0 && !shipper->is_failing)
		log_event(LOG_PRIORITY_ERROR, "spool_write_failed",
			"sequence=%" PRIu64
			" reason=\"%s\" consequence=\"metering goes on, the next "
			"window covers this one too\"",
			shipper->spool->next_sequence, strerror(-r));
	if (r == 0 && shipper->is_failing)
		log_event(LOG_PRIORITY_NOTICE, "spool_write_recovered", "sequence=%" PRIu64,
			spool_last_sequence(shipper->spool));
	shipper->is_failing = r < 0;
}

bool shipper_is_fresh(const struct shipper *shipper)
{
	return shipper->spool->next_sequence == 1;
}

int ship_window(struct shipper *shipper)
{
	struct hm_batch batch;
	int r;

	r = meter_close_window(shipper->meter, &batch);
	if (r == -EAGAIN)
		return r;
	if (r == 0)
		r = write_down(shipper, &batch);
	note_result(shipper, r);
	if (r < 0)
		return r;

	meter_commit_window(shipper->meter);
	return 0;
}
