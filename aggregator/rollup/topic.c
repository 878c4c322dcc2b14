/* Made when the first of its partitions is ours. */
#include "aggregator/rollup/topic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/topic_name.h"

char *ingest_hub_of_topic(const char *topic)
{
	char hub[TOPIC_NAME_SIZE];

	return topic_name_hub(topic, hub) ? strdup(hub) : NULL;
}

void topic_free(struct ingest_topic *topic)
{
	if (!topic)
		return;
	dedupe_release(&topic->dedupe);
	buffer_release(&topic->wanted);
	free(topic->name);
	free(topic->hub);
	free(topic);
}

int topic_new(const char *name, uint64_t seed, struct ingest_topic **ret)
{
	char *hub = ingest_hub_of_topic(name);
	struct ingest_topic *topic = calloc(1, sizeof(*topic));

	if (!hub || !topic) {
		free(topic);
		free(hub);
		return hub ? -ENOMEM : -EINVAL;
	}
	topic->hub = hub;
	topic->wanted = (struct buffer)BUFFER_INIT(INGEST_MAX_WANTED * HM_STREAM_SIZE);
	dedupe_init(&topic->dedupe, seed);
	topic->name = strdup(name);
	if (!topic->name) {
		topic_free(topic);
		return -ENOMEM;
	}
	*ret = topic;
	return 0;
}

void topic_unload(struct ingest_topic *topic)
{
	dedupe_clear(&topic->dedupe);
	topic->is_loaded = false;
	topic->held = 0;
}

/* As many as there is room for: the next attempt is a smaller one. */
static void want_moved(struct ingest_topic *topic)
{
	for (uint32_t i = 0; i < topic->dedupe.streams.count; i++) {
		const struct dedupe_stream *entry = dedupe_at(&topic->dedupe, i);

		if (entry->is_moved &&
			buffer_append(&topic->wanted, entry->stream, HM_STREAM_SIZE) < 0)
			return;
	}
}

bool ingest_want_streams(struct ingest_topic *topic)
{
	const size_t moved = topic->dedupe.n_moved * (size_t)HM_STREAM_SIZE;

	if (topic->wanted.size + moved > topic->wanted.limit)
		buffer_clear(&topic->wanted);
	want_moved(topic);
	return moved <= topic->wanted.limit;
}
