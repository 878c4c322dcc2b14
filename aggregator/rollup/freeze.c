/*
 * What was gathered, set apart for a commit that nobody waits for. The large parts change hands,
 * the small ones are copied.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup/ingest.h"

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swapped = (a);                                                       \
		(a) = (b);                                                                         \
		(b) = swapped;                                                                     \
	} while (0)

static int copy_topic(const struct ingest *frozen, struct ingest_topic *topic)
{
	int r = topic_new(topic->name, frozen->limits.seed, &topic->copy);

	return r < 0 ? r : dedupe_copy_moved(&topic->dedupe, &topic->copy->dedupe);
}

static int copy_topics(const struct ingest *ingest, struct ingest *frozen)
{
	struct ingest_topic **all =
		reallocarray(frozen->topic, ingest->n_topics + 1, sizeof(struct ingest_topic *));
	int r = 0;

	if (!all)
		return -ENOMEM;
	frozen->topic = all;
	for (size_t i = 0; i < ingest->n_topics && r == 0; i++) {
		ingest->topic[i]->copy = NULL;
		r = copy_topic(frozen, ingest->topic[i]);
		if (ingest->topic[i]->copy)
			frozen->topic[frozen->n_topics++] = ingest->topic[i]->copy;
	}
	return r;
}

/* Under the same numbers. Behind their topics. */
static int copy_partitions(const struct ingest *ingest, struct ingest *frozen)
{
	frozen->partition =
		reallocarray(NULL, ingest->n_partitions + 1, sizeof(*frozen->partition));
	if (!frozen->partition)
		return -ENOMEM;
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		struct ingest_partition *copy = &frozen->partition[i];

		*copy = ingest->partition[i];
		copy->its_topic = copy->its_topic->copy;
		copy->topic = copy->its_topic->name;
		copy->hub = copy->its_topic->hub;
	}
	frozen->n_partitions = ingest->n_partitions;
	return 0;
}

static void hand_over(struct ingest *ingest, struct ingest *frozen)
{
	SWAP(ingest->rollup, frozen->rollup);
	SWAP(ingest->closed, frozen->closed);
	SWAP(ingest->n_closed, frozen->n_closed);
	SWAP(ingest->refused, frozen->refused);
	SWAP(ingest->n_refused, frozen->n_refused);
	SWAP(ingest->payloads, frozen->payloads);
	for (size_t i = 0; i < frozen->n_closed; i++)
		frozen->closed[i].topic = frozen->closed[i].topic->copy;
	frozen->pending_messages = ingest->pending_messages;
}

int ingest_freeze(struct ingest *ingest, struct ingest *frozen)
{
	int r;

	assert(!ingest->is_parted && frozen->n_topics == 0 && !ingest_has_pending(frozen));
	r = copy_topics(ingest, frozen);
	if (r == 0)
		r = copy_partitions(ingest, frozen);
	if (r < 0) {
		ingest_drop(frozen);
		return r;
	}
	hand_over(ingest, frozen);
	ingest_commit(ingest);
	return 0;
}
