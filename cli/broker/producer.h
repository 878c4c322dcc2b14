/*
 * Sends batches in order and waits until Kafka has acknowledged them.
 *
 * Invariants
 *  - In every topic what was acknowledged is a beginning of what was sent, without a hole: who
 * sends the same again after a failure completes it, and the aggregator drops what comes twice.
 *  - Everything goes to partition 0. A key would move a stream to another partition as soon as
 *    partitions are added, where its end could overtake its beginning.
 *  - No callback runs on a thread of librdkafka. After a failure producer_error() says why.
 *
 * Life cycle: producer_open() -> producer_send()* -> producer_finish() -> producer_free(), whatever
 * producer_open() returned. Nothing is sent any more after a failure.
 */
#ifndef CLI_BROKER_PRODUCER_H
#define CLI_BROKER_PRODUCER_H

#include <stddef.h>
#include <stdint.h>

#include "common/options/options.h"

#define PRODUCER_PATIENCE_USEC 60000000 /* without any acknowledgement */

struct producer;

/*
 * Take @kafka's settings; does not connect yet. Gives up when nothing was acknowledged for
 * @patience_usec. -EINVAL: a setting is refused. *@ret is set whatever is returned, unless out of
 * memory.
 */
int producer_open(const struct option_pairs *kafka, int64_t patience_usec, struct producer **ret);
const char *producer_error(const struct producer *producer);
void producer_free(struct producer *producer);

/* Send a copy of @data; waits while too much is on its way. -EIO. */
int producer_send(struct producer *producer, const char *topic, const char *node, const void *data,
	size_t size);

/* Wait until everything is acknowledged. -EIO. */
int producer_finish(struct producer *producer);

/* How many are acknowledged so far. */
uint64_t producer_acknowledged(const struct producer *producer);

#endif
