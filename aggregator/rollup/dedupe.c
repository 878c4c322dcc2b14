/* A table of 16-byte streams. Streams are random, but a hostile hub picks its own: seeded. */
#include "aggregator/rollup/dedupe.h"

#include <errno.h>
#include <string.h>

#include "common/hash.h"

static bool same_stream(const void *entry, const void *key)
{
	return memcmp(((const struct dedupe_stream *)entry)->stream, key, HM_STREAM_SIZE) == 0;
}

static struct dedupe_stream *find(const struct dedupe *dedupe, const uint8_t *stream)
{
	uint32_t hash = (uint32_t)hash_bytes(dedupe->seed, stream, HM_STREAM_SIZE);
	uint32_t number = hash_table_find(&dedupe->streams, hash, stream, same_stream);

	return number == HASH_TABLE_NONE ? NULL : hash_table_at(&dedupe->streams, number);
}

static struct dedupe_stream *find_or_add(struct dedupe *dedupe, const uint8_t *stream)
{
	struct dedupe_stream *entry = find(dedupe, stream);
	uint32_t hash;

	if (entry)
		return entry;
	hash = (uint32_t)hash_bytes(dedupe->seed, stream, HM_STREAM_SIZE);
	entry = hash_table_at(&dedupe->streams, hash_table_append(&dedupe->streams, hash));
	*entry = (struct dedupe_stream){.sequence = 0};
	memcpy(entry->stream, stream, HM_STREAM_SIZE);
	return entry;
}

void dedupe_init(struct dedupe *dedupe, uint64_t seed)
{
	*dedupe = (struct dedupe){.seed = seed, .streams = HASH_TABLE_INIT(struct dedupe_stream)};
}

void dedupe_release(struct dedupe *dedupe)
{
	hash_table_release(&dedupe->streams);
}

int dedupe_reserve(struct dedupe *dedupe)
{
	if (dedupe->streams.count >= DEDUPE_MAX_STREAMS)
		return -ENOSPC;
	return hash_table_reserve(&dedupe->streams, 1);
}

int dedupe_load(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence)
{
	struct dedupe_stream *entry;
	int r;

	r = dedupe_reserve(dedupe);
	if (r < 0)
		return r;
	entry = find_or_add(dedupe, stream);
	if (entry->sequence < sequence)
		entry->sequence = sequence;
	return 0;
}

enum dedupe_verdict dedupe_check(const struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE],
	uint64_t sequence, uint64_t *ret_last)
{
	const struct dedupe_stream *entry = find(dedupe, stream);
	uint64_t last = entry ? entry->sequence : 0;

	*ret_last = last;
	if (sequence <= last)
		return DEDUPE_VERDICT_DUPLICATE;
	return sequence == last + 1 ? DEDUPE_VERDICT_NEW : DEDUPE_VERDICT_GAP;
}

void dedupe_advance(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence)
{
	struct dedupe_stream *entry = find_or_add(dedupe, stream);

	if (entry->sequence >= sequence)
		return;
	entry->sequence = sequence;
	entry->moved = true;
}

void dedupe_mark_committed(struct dedupe *dedupe)
{
	for (uint32_t i = 0; i < dedupe->streams.count; i++)
		((struct dedupe_stream *)hash_table_at(&dedupe->streams, i))->moved = false;
}
