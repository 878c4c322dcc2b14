/* From what was found to intervals of usage. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/name.h"
#include "collector/source/storage/home_name.h"
#include "collector/source/storage/private.h"
#include "collector/source/storage/storage_source.h"
#include "hubmeter/cleanup.h"

/* Intervals on their way at once: they stand in every record of the spool until they are sent. */
#define PART_MAX 4096u

char *home_path(const struct storage_source *source, const struct home *home)
{
	const char *root;
	size_t size;
	char *path;

	if (!roots_get(source->config->storage_root, home->root, &root, &size) ||
		asprintf(&path, "%.*s/%s", (int)size, root, home->name) < 0)
		return NULL;
	return path;
}

int home_words(const struct storage_source *source, const struct home *home, struct home_words *ret)
{
	const struct home_rules rules = {
		source->config->storage_home, source->config->storage_shared};
	char whose[HOME_NAME_MAX + 1] = STORAGE_SHARED_USER;
	bool is_home = home_user(&rules, home->name, whose);

	*ret = (struct home_words){.user = name_copy(whose, strlen(whose)),
		.tag = is_home ? strdup("") : name_copy(home->name, strlen(home->name)),
		.path = home_path(source, home)};
	return ret->user && ret->tag && ret->path ? 0 : -ENOMEM;
}

void home_words_release(struct home_words *words)
{
	free(words->user);
	free(words->tag);
	free(words->path);
}

/* What says whose it is is a part of the id: a workload never has another user. */
static char *workload_of(const char *path, const char *user)
{
	hm_cleanup(hm_freep) char *text = NULL;

	if (asprintf(&text, "%s=%s", path, user) < 0) {
		text = NULL;
		return NULL;
	}
	return name_copy(text, strlen(text));
}

static int report(const struct storage_source *source, const struct home *home, uint64_t mib_sec,
	struct reported *reported)
{
	const struct config *config = source->config;
	hm_cleanup(home_words_release) struct home_words words;
	int r = home_words(source, home, &words);
	hm_cleanup(hm_freep) char *workload = r == 0 ? workload_of(words.path, words.user) : NULL;
	struct usage_interval interval = {.hub = config->hub,
		.node = config->node,
		.workload = workload,
		.username = words.user,
		.server = "",
		.tag = words.tag,
		.resource_class = config->resource_class,
		.kind = HM_WORKLOAD_KIND_STORAGE,
		.start_usec = source->now_utc_usec - (source->now_usec - home->start_usec),
		.end_usec = source->now_utc_usec - (source->now_usec - home->until_usec)};

	if (!workload)
		return -ENOMEM;
	if (interval.start_usec < 0 || interval.end_usec <= interval.start_usec)
		return -EINVAL;
	interval.quantity[USAGE_COLUMN_STORAGE_MIB_SECONDS - USAGE_FIRST_QUANTITY] = mib_sec;
	return reported_add(reported, &interval);
}

/* What can't be reported now is not lost: it is booked and stays so. */
bool report_part(struct storage_source *source, struct reported *reported)
{
	for (uint32_t i = 0; i < PART_MAX; i++, source->next++) {
		struct home *home;
		uint64_t mib_sec;
		int r;

		if (source->next >= homes_size(&source->homes))
			return true;
		home = homes_at(&source->homes, source->next);
		mib_sec = home_book(home, source->now_usec);
		r = mib_sec > 0 ? report(source, home, mib_sec, reported) : -EINVAL;
		if (r == -ENOMEM)
			return false;
		if (r == 0)
			home_take(home, mib_sec);
	}
	return false;
}
