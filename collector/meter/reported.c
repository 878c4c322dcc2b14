/* One set at a time, cut into batches the same way however often that is begun. */
#include "collector/meter/reported.h"

#include <errno.h>

#include "common/hash.h"
#include "hubmeter/cleanup.h"

void reported_release(struct reported *reported)
{
	interval_batcher_free(reported->batcher);
	if (reported->has_set)
		interval_set_release(&reported->set);
	*reported = (struct reported){0};
}

bool reported_is_pending(const struct reported *reported)
{
	return reported->has_set;
}

int reported_add(struct reported *reported, const struct usage_interval *interval)
{
	struct interval_conflict conflict;
	int r;

	if (reported->batcher || reported->n_committed > 0)
		return -EBUSY;
	if (!reported->has_set) {
		r = interval_set_init(&reported->set, hash_random_seed());
		if (r < 0)
			return r;
		reported->has_set = true;
	}
	return interval_set_add(&reported->set, interval, 0, &conflict);
}

static int begin(struct reported *reported)
{
	int r = interval_set_sort(&reported->set);

	if (r < 0)
		return r;
	return interval_batcher_new(&reported->set, 0, reported->set.count, &reported->batcher);
}

/* The batch behind those committed. */
static int next_batch(struct reported *reported, struct hm_batch *ret)
{
	int r = 0;

	interval_batcher_rewind(reported->batcher);
	for (uint32_t i = 0; i <= reported->n_committed && r == 0; i++)
		r = interval_batcher_next(reported->batcher, ret);
	return r;
}

int reported_close(struct reported *reported, struct hm_batch *ret)
{
	bool was_closed = reported->is_closed;
	int r = 0;

	reported->is_closed = false;
	if (!reported->has_set)
		return -EAGAIN;
	if (!reported->batcher) {
		r = begin(reported);
		was_closed = true; /* of a batcher that is new nothing is handed out yet */
	}
	if (r == 0)
		r = was_closed ? next_batch(reported, ret)
			       : interval_batcher_next(reported->batcher, ret);
	if (r == -ENODATA) {
		reported_release(reported);
		return -EAGAIN;
	}
	reported->is_closed = r == 0;
	return r;
}

void reported_commit(struct reported *reported)
{
	reported->n_committed += reported->is_closed;
	reported->is_closed = false;
}

static void put_interval(struct state_writer *writer, const struct usage_interval *interval)
{
	state_put_text(writer, interval->hub);
	state_put_text(writer, interval->node);
	state_put_text(writer, interval->workload);
	state_put_text(writer, interval->username);
	state_put_text(writer, interval->server);
	state_put_text(writer, interval->tag);
	state_put_text(writer, interval->resource_class);
	state_put_u32(writer, interval->kind);
	state_put_time(writer, interval->start_usec);
	state_put_time(writer, interval->end_usec);
	for (size_t i = 0; i < USAGE_QUANTITY_COUNT; i++)
		state_put_u64(writer, interval->quantity[i]);
}

static void get_interval(struct state_reader *reader, struct reported *reported)
{
	hm_cleanup(hm_freep) char *hub = state_get_text(reader);
	hm_cleanup(hm_freep) char *node = state_get_text(reader);
	hm_cleanup(hm_freep) char *workload = state_get_text(reader);
	hm_cleanup(hm_freep) char *username = state_get_text(reader);
	hm_cleanup(hm_freep) char *server = state_get_text(reader);
	hm_cleanup(hm_freep) char *tag = state_get_text(reader);
	hm_cleanup(hm_freep) char *resource_class = state_get_text(reader);
	struct usage_interval interval = {.hub = hub,
		.node = node,
		.workload = workload,
		.username = username,
		.server = server,
		.tag = tag,
		.resource_class = resource_class,
		.kind = (enum hm_workload_kind)state_get_u32(reader)};

	interval.start_usec = state_get_time(reader);
	interval.end_usec = state_get_time(reader);
	for (size_t i = 0; i < USAGE_QUANTITY_COUNT; i++)
		interval.quantity[i] = state_get_u64(reader);
	if (reader->error == 0 &&
		(interval.start_usec < 0 || interval.end_usec <= interval.start_usec))
		reader->error = -EBADMSG;
	if (reader->error == 0)
		reader->error = reported_add(reported, &interval);
}

void reported_save(const struct reported *reported, struct state_writer *writer)
{
	uint32_t n = reported->has_set ? reported->set.count : 0;

	state_put_u32(writer, n);
	for (uint32_t i = 0; i < n; i++) {
		struct usage_interval interval;

		interval_set_get(&reported->set, i, &interval);
		put_interval(writer, &interval);
	}
	state_put_u32(writer, reported->n_committed + reported->is_closed);
}

void reported_restore(struct reported *reported, struct state_reader *reader)
{
	uint32_t n = state_get_count(reader);

	for (uint32_t i = 0; i < n && reader->error == 0; i++)
		get_interval(reader, reported);
	reported->n_committed = state_get_u32(reader);
}
