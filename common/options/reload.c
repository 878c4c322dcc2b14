/* What of a new configuration a running program can take. */
#include <string.h>

#include "common/options/options.h"

static bool is_same_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b) == 0;
}

static size_t size_of(enum option_type type)
{
	switch (type) {
	case OPTION_TYPE_TEXT:
		return sizeof(char *);
	case OPTION_TYPE_BOOL:
		return sizeof(bool);
	case OPTION_TYPE_UINT:
	case OPTION_TYPE_DURATION:
	case OPTION_TYPE_SIZE:
		break;
	}
	return sizeof(uint64_t);
}

static bool is_same(const struct option_descriptor *d, const void *a, const void *b)
{
	return d->type == OPTION_TYPE_TEXT ? is_same_text(a, b)
					   : memcmp(a, b, size_of(d->type)) == 0;
}

/* The old value goes where the new one was, so that releasing @fresh releases it. */
static void swap(const struct option_descriptor *d, void *a, void *b)
{
	unsigned char kept[sizeof(uint64_t)];
	size_t size = size_of(d->type);

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

static bool same_pairs(const struct option_pairs *a, const struct option_pairs *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->pair[i].name, b->pair[i].name) != 0 ||
			strcmp(a->pair[i].value, b->pair[i].value) != 0)
			return false;
	}
	return true;
}

void options_reload(const struct option_set *set, void *config, void *fresh,
	void (*note)(void *context, const char *name, bool is_taken), void *context)
{
	char *old = config, *new = fresh;

	for (size_t i = 0; i < set->count; i++) {
		const struct option_descriptor *d = &set->descriptor[i];

		if (is_same(d, old + d->offset, new + d->offset))
			continue;
		if (d->reloadable)
			swap(d, old + d->offset, new + d->offset);
		note(context, d->name, d->reloadable);
	}
	if (set->pairs_offset != SIZE_MAX &&
		!same_pairs((void *)(old + set->pairs_offset), (void *)(new + set->pairs_offset)))
		note(context, "kafka", false);
}
