/*
 * What librdkafka was given and has not reported on: a ring, one entry a record, in the order of
 * the sequence.
 *
 *	     head                 tail
 *	------+----+----+----+----+------
 *	      | ok |    | ok |    |          only an `ok` at the head moves the acknowledgement
 *	------+----+----+----+----+------
 *
 * Pure. An entry stays where it is until it is taken or the ring cleared: librdkafka holds
 * pointers to entries.
 */
#ifndef COLLECTOR_PUBLISH_IN_FLIGHT_H
#define COLLECTOR_PUBLISH_IN_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IN_FLIGHT_MAX 256u /* a power of two */

struct in_flight_entry {
	uint64_t sequence;
	size_t size;
	int64_t end_usec; /* of its window, UTC; 0: not known */
	bool is_delivered;
	int refusal; /* Kafka's error that is about this record; 0: none */
};

struct in_flight {
	struct in_flight_entry entry[IN_FLIGHT_MAX];
	unsigned int head, tail; /* count up for ever; index is modulo IN_FLIGHT_MAX */
	size_t bytes;
};

static inline unsigned int in_flight_count(const struct in_flight *ring)
{
	return ring->tail - ring->head;
}

/* The next one; there is room. */
struct in_flight_entry *in_flight_add(struct in_flight *ring, uint64_t sequence, size_t size);

/* The first one; there is one. */
static inline const struct in_flight_entry *in_flight_first(const struct in_flight *ring)
{
	return &ring->entry[ring->head % IN_FLIGHT_MAX];
}

/* Forget the delivered ones at the head. Their last sequence, 0: there are none. */
uint64_t in_flight_take_delivered(struct in_flight *ring);

/* The first refused one, NULL: none; *ret_last the sequence of the last refused one. */
const struct in_flight_entry *in_flight_refused(const struct in_flight *ring, uint64_t *ret_last);

void in_flight_clear(struct in_flight *ring);

#endif
