/*
 * A topic some partitions of which are ours: whose it is, and what is known of its streams.
 *
 * Life cycle: topic_new() -> topic_free(). The topic owns all in it.
 */
#ifndef AGGREGATOR_ROLLUP_TOPIC_H
#define AGGREGATOR_ROLLUP_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup/dedupe.h"
#include "common/buffer.h"

#define INGEST_MAX_WANTED ((size_t)32768) /* streams of a topic */

struct ingest_topic {
	char *name;
	char *hub; /* the part of the name that says whose it is */
	struct dedupe dedupe;
	bool is_loaded;	      /* dedupe knows what the database had when the topic was taken over */
	struct buffer wanted; /* streams, 16 bytes each, that the next takeover must load */
	unsigned int held;    /* 0: in the next commit; else higher ones come first */
	struct ingest_topic *copy; /* while it is frozen: see ingest_freeze() */
};

/* The hub in "usage.<hub>.v1", or NULL when @topic is not of that form. The caller frees. */
char *ingest_hub_of_topic(const char *topic);

/* @seed: of dedupe. -EINVAL: not a usage topic; -ENOMEM. */
int topic_new(const char *name, uint64_t seed, struct ingest_topic **ret);
void topic_free(struct ingest_topic *topic);

/* Nothing is known of its streams, and nothing of it held back. What is wanted stays so. */
void topic_unload(struct ingest_topic *topic);

/*
 * The database knows other things of the streams of @topic that were moved: have the next takeover
 * load each of them. They stay wanted until a commit, so that every attempt knows more than the one
 * before. false: there are more than can be wanted at once.
 */
bool ingest_want_streams(struct ingest_topic *topic);

/* Are streams of it in the next commit? */
static inline bool ingest_topic_is_in_commit(const struct ingest_topic *topic)
{
	return topic->dedupe.n_moved > 0 && topic->held == 0;
}

#endif
