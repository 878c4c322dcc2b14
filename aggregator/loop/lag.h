/* What is in Kafka and not taken yet, as far as is known without asking: in messages. */
#ifndef AGGREGATOR_LOOP_LAG_H
#define AGGREGATOR_LOOP_LAG_H

#include <stdint.h>

#include "aggregator/consume.h"
#include "aggregator/rollup/ingest.h"

/* 0 where it is not read. */
static inline uint64_t lag_of(
	const struct consume *consume, const struct ingest_partition *partition)
{
	if (partition->reading != INGEST_READING_GOES_ON)
		return 0;
	return consume_lag(consume, &(struct topic_partition_offset){partition->topic,
					    partition->partition, partition->next_offset});
}

static inline uint64_t lag_of_all(const struct consume *consume, const struct ingest *ingest)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		sum += lag_of(consume, &ingest->partition[i]);
	return sum;
}

#endif
