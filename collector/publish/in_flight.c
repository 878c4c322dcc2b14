/* Plain bookkeeping, apart from librdkafka so that a test can call it. */
#include "collector/publish/in_flight.h"

#include <assert.h>

static struct in_flight_entry *at(struct in_flight *ring, unsigned int number)
{
	return &ring->entry[number % IN_FLIGHT_MAX];
}

struct in_flight_entry *in_flight_add(struct in_flight *ring, uint64_t sequence, size_t size)
{
	struct in_flight_entry *entry = at(ring, ring->tail);

	assert(in_flight_count(ring) < IN_FLIGHT_MAX);
	*entry = (struct in_flight_entry){.sequence = sequence, .size = size};
	ring->tail++;
	ring->bytes += size;
	return entry;
}

uint64_t in_flight_take_delivered(struct in_flight *ring)
{
	uint64_t last = 0;

	while (in_flight_count(ring) > 0 && at(ring, ring->head)->is_delivered) {
		last = at(ring, ring->head)->sequence;
		ring->bytes -= at(ring, ring->head)->size;
		ring->head++;
	}
	return last;
}

const struct in_flight_entry *in_flight_refused(const struct in_flight *ring, uint64_t *ret_last)
{
	const struct in_flight_entry *first = NULL;

	for (unsigned int i = ring->head; i != ring->tail; i++) {
		const struct in_flight_entry *entry = &ring->entry[i % IN_FLIGHT_MAX];

		if (entry->refusal == 0)
			continue;
		if (!first)
			first = entry;
		*ret_last = entry->sequence;
	}
	return first;
}

void in_flight_clear(struct in_flight *ring)
{
	ring->head = ring->tail = 0;
	ring->bytes = 0;
}
