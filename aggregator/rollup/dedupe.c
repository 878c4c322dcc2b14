/* A table of 16-byte streams. Streams are random, but a hostile hub picks its own: seeded. */
#include "aggregator/rollup/dedupe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

static uint32_t hash_of(const struct dedupe *dedupe, const uint8_t *stream)
{
	return (uint32_t)hash_bytes(dedupe->seed, stream, HM_STREAM_SIZE);
}

/* Never 0, which stands for an owner that is not known. */
static uint64_t owner_of(const struct dedupe *dedupe, const char *owner)
{
	uint64_t hash = hash_bytes(dedupe->seed, owner, strlen(owner));

	return hash ? hash : 1;
}

static bool same_stream(const void *entry, const void *key)
{
	return memcmp(((const struct dedupe_stream *)entry)->stream, key, HM_STREAM_SIZE) == 0;
}

static struct dedupe_stream *find(const struct dedupe *dedupe, const uint8_t *stream)
{
	uint32_t number =
		hash_table_find(&dedupe->streams, hash_of(dedupe, stream), stream, same_stream);

	return number == HASH_TABLE_NONE ? NULL : hash_table_at(&dedupe->streams, number);
}

/* An entry that says no more than none would. Room was reserved. */
static struct dedupe_stream *add(struct dedupe *dedupe, const uint8_t *stream)
{
	struct dedupe_stream *entry = hash_table_at(
		&dedupe->streams, hash_table_append(&dedupe->streams, hash_of(dedupe, stream)));

	*entry = (struct dedupe_stream){.name_at = DEDUPE_NO_NAME, .is_recent = true};
	memcpy(entry->stream, stream, HM_STREAM_SIZE);
	return entry;
}

void dedupe_init(struct dedupe *dedupe, uint64_t seed)
{
	*dedupe = (struct dedupe){.seed = seed,
		.streams = HASH_TABLE_INIT(struct dedupe_stream),
		.names = BUFFER_INIT(2 * DEDUPE_MAX_NAME_BYTES)};
}

void dedupe_release(struct dedupe *dedupe)
{
	for (uint32_t i = 0; i < dedupe->streams.count; i++)
		free(dedupe_at(dedupe, i)->gap);
	hash_table_release(&dedupe->streams);
	buffer_release(&dedupe->names);
}

void dedupe_clear(struct dedupe *dedupe)
{
	const uint64_t seed = dedupe->seed;

	dedupe_release(dedupe);
	dedupe_init(dedupe, seed);
}

/* The vector is full at each power of two. */
static int reserve_gap(struct dedupe_stream *entry)
{
	struct dedupe_gap *gap;

	if (entry->n_gaps > 0 && (entry->n_gaps & (entry->n_gaps - 1)) != 0)
		return 0;
	gap = reallocarray(entry->gap, entry->n_gaps ? 2 * (size_t)entry->n_gaps : 1, sizeof(*gap));
	if (!gap)
		return -ENOMEM;
	entry->gap = gap;
	return 0;
}

static void insert_gap(
	struct dedupe *dedupe, struct dedupe_stream *entry, uint32_t at, struct dedupe_gap gap)
{
	memmove(&entry->gap[at + 1], &entry->gap[at], (entry->n_gaps - at) * sizeof(gap));
	entry->gap[at] = gap;
	entry->n_gaps++;
	dedupe->n_gaps++;
}

static void remove_gap(struct dedupe *dedupe, struct dedupe_stream *entry, uint32_t at)
{
	entry->n_gaps--;
	dedupe->n_gaps--;
	memmove(&entry->gap[at], &entry->gap[at + 1], (entry->n_gaps - at) * sizeof(*entry->gap));
}

int dedupe_load(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t sequence,
	const char *owner)
{
	struct dedupe_stream *entry = find(dedupe, stream);
	int r;

	r = hash_table_reserve(&dedupe->streams, 1);
	if (r < 0)
		return r;
	if (!entry)
		entry = add(dedupe, stream);
	if (entry->sequence >= sequence)
		return 0;
	entry->sequence = entry->stored = sequence;
	entry->owner = owner ? owner_of(dedupe, owner) : 0;
	return 0;
}

int dedupe_load_gap(
	struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], uint64_t first, uint64_t last)
{
	struct dedupe_stream *entry = find(dedupe, stream);
	int r;

	assert(entry);
	r = reserve_gap(entry);
	if (r == 0)
		insert_gap(dedupe, entry, entry->n_gaps,
			(struct dedupe_gap){first, last, first, true});
	return r;
}

void dedupe_mark_crowded(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE])
{
	find(dedupe, stream)->is_crowded = true;
}

/* The open gap that @sequence lies in, or n_gaps. */
static uint32_t gap_around(const struct dedupe_stream *entry, uint64_t sequence)
{
	uint32_t i = 0;

	while (i < entry->n_gaps &&
		(sequence < entry->gap[i].first || sequence > entry->gap[i].last))
		i++;
	return i;
}

/* May it have another gap? */
static bool has_room(const struct dedupe_stream *entry)
{
	return !entry->is_crowded && entry->n_gaps < DEDUPE_MAX_STREAM_GAPS;
}

static enum dedupe_verdict judge_old(const struct dedupe_stream *entry, uint64_t sequence)
{
	uint32_t at = gap_around(entry, sequence);

	if (at == entry->n_gaps)
		return entry->is_crowded ? DEDUPE_VERDICT_CROWDED : DEDUPE_VERDICT_DUPLICATE;
	if (sequence > entry->gap[at].first && sequence < entry->gap[at].last && !has_room(entry))
		return DEDUPE_VERDICT_CROWDED; /* it would become two */
	return DEDUPE_VERDICT_LATE;
}

enum dedupe_verdict dedupe_check(const struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE],
	const char *owner, uint64_t sequence)
{
	const struct dedupe_stream *entry = find(dedupe, stream);

	if (!entry)
		return sequence == 1 ? DEDUPE_VERDICT_NEW : DEDUPE_VERDICT_GAP;
	if (owner && entry->owner && entry->owner != owner_of(dedupe, owner))
		return DEDUPE_VERDICT_OTHER_NODE;
	if (sequence <= entry->sequence)
		return judge_old(entry, sequence);
	if (sequence == entry->sequence + 1)
		return DEDUPE_VERDICT_NEW;
	return has_room(entry) ? DEDUPE_VERDICT_GAP : DEDUPE_VERDICT_CROWDED;
}

int dedupe_reserve(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], const char *owner,
	enum dedupe_verdict verdict)
{
	struct dedupe_stream *entry = find(dedupe, stream);
	int r;

	if ((!entry && dedupe->streams.count >= DEDUPE_MAX_STREAMS) ||
		dedupe->n_gaps >= DEDUPE_MAX_GAPS || dedupe->names.size >= DEDUPE_MAX_NAME_BYTES)
		return -EAGAIN;
	r = owner ? buffer_reserve(&dedupe->names, strlen(owner) + 1) : 0;
	if (r == 0 && !entry)
		r = hash_table_reserve(&dedupe->streams, 1);
	if (r < 0)
		return r;
	if (!entry)
		entry = add(dedupe, stream);
	return verdict == DEDUPE_VERDICT_NEW ? 0 : reserve_gap(entry);
}

/* What is left of the gap around @sequence. */
static bool fill_gap(struct dedupe *dedupe, struct dedupe_stream *entry, uint64_t sequence,
	struct dedupe_gap *ret_closed)
{
	uint32_t at = gap_around(entry, sequence);
	struct dedupe_gap before = entry->gap[at];
	struct dedupe_gap left = {.first = before.first, .last = before.last};

	left.part_of = before.part_of;
	remove_gap(dedupe, entry, at);
	if (before.last > sequence) {
		left.first = sequence + 1;
		insert_gap(dedupe, entry, at, left);
	}
	if (before.first < sequence) {
		left.first = before.first;
		left.last = sequence - 1;
		insert_gap(dedupe, entry, at, left);
	}
	*ret_closed = before;
	return before.is_stored;
}

static void name_owner(struct dedupe *dedupe, struct dedupe_stream *entry, const char *owner)
{
	entry->owner = owner_of(dedupe, owner);
	entry->name_at = (uint32_t)dedupe->names.size;
	(void)buffer_append(&dedupe->names, owner, strlen(owner) + 1); /* room was reserved */
}

bool dedupe_take(struct dedupe *dedupe, const uint8_t stream[HM_STREAM_SIZE], const char *owner,
	uint64_t sequence, struct dedupe_gap *ret_closed)
{
	struct dedupe_stream *entry = find(dedupe, stream);

	assert(entry);
	if (owner && entry->owner == 0)
		name_owner(dedupe, entry, owner);
	dedupe->n_moved += !entry->is_moved;
	entry->is_moved = entry->is_recent = true;
	if (sequence <= entry->sequence)
		return fill_gap(dedupe, entry, sequence, ret_closed);
	if (sequence > entry->sequence + 1)
		insert_gap(dedupe, entry, entry->n_gaps,
			(struct dedupe_gap){.first = entry->sequence + 1, .last = sequence - 1});
	entry->sequence = sequence;
	return false;
}

static void mark_stored(struct dedupe_stream *entry)
{
	for (uint32_t i = 0; i < entry->n_gaps; i++) {
		entry->gap[i].part_of = entry->gap[i].first;
		entry->gap[i].is_stored = true;
	}
	entry->stored = entry->sequence;
	entry->name_at = DEDUPE_NO_NAME;
	entry->is_moved = false;
}

/* Those that moved since it was called last stay, as far as they fill no more than half. */
static void forget_idle(struct dedupe *dedupe)
{
	struct hash_table *table = &dedupe->streams;
	const uint32_t count = table->count;
	uint32_t kept = 0;

	dedupe->n_gaps = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct dedupe_stream *entry = hash_table_at(table, i);

		if (!entry->is_recent || kept == DEDUPE_MAX_STREAMS / 2 ||
			dedupe->n_gaps + entry->n_gaps > DEDUPE_MAX_GAPS / 2) {
			free(entry->gap);
			continue;
		}
		dedupe->n_gaps += entry->n_gaps;
		entry->is_recent = false;
		memmove(hash_table_at(table, kept++), entry, sizeof(*entry));
	}
	hash_table_clear(table); /* the entries stay where they are */
	for (uint32_t i = 0; i < kept; i++)
		(void)hash_table_append(table, hash_of(dedupe, dedupe_at(dedupe, i)->stream));
}

void dedupe_mark_committed(struct dedupe *dedupe)
{
	for (uint32_t i = 0; i < dedupe->streams.count && dedupe->n_moved > 0; i++) {
		struct dedupe_stream *entry = hash_table_at(&dedupe->streams, i);

		dedupe->n_moved -= entry->is_moved;
		if (entry->is_moved)
			mark_stored(entry);
	}
	buffer_clear(&dedupe->names);
	if (dedupe->streams.count > DEDUPE_MAX_STREAMS / 2 || dedupe->n_gaps > DEDUPE_MAX_GAPS / 2)
		forget_idle(dedupe);
}

static int copy_stream(
	const struct dedupe *dedupe, const struct dedupe_stream *entry, struct dedupe *to)
{
	struct dedupe_gap *gap = NULL;
	struct dedupe_stream *copy;

	if (entry->n_gaps > 0) {
		gap = reallocarray(NULL, entry->n_gaps, sizeof(*gap));
		if (!gap)
			return -ENOMEM;
		memcpy(gap, entry->gap, entry->n_gaps * sizeof(*gap));
	}
	copy = hash_table_at(
		&to->streams, hash_table_append(&to->streams, hash_of(dedupe, entry->stream)));
	*copy = *entry;
	copy->gap = gap;
	to->n_gaps += entry->n_gaps;
	to->n_moved++;
	return 0;
}

int dedupe_copy_moved(const struct dedupe *dedupe, struct dedupe *to)
{
	int r;

	assert(to->streams.count == 0 && to->seed == dedupe->seed);
	r = hash_table_reserve(&to->streams, dedupe->n_moved);
	if (r == 0 && dedupe->names.size > 0)
		r = buffer_append(&to->names, dedupe->names.data, dedupe->names.size);
	for (uint32_t i = 0; i < dedupe->streams.count && r == 0; i++)
		if (dedupe_at(dedupe, i)->is_moved)
			r = copy_stream(dedupe, dedupe_at(dedupe, i), to);
	return r;
}
