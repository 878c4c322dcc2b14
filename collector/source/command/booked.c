/* One sorted array, merged once for each output that brought something new. */
#include "collector/source/command/booked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "hubmeter/cleanup.h"

struct candidate {
	uint8_t key[BOOKED_KEY_SIZE];
	int64_t start_usec;
	int64_t end_usec;
	uint32_t interval;
};

void booked_release(struct booked *booked)
{
	free(booked->workload);
	*booked = (struct booked){0};
}

void selection_release(struct selection *selection)
{
	free(selection->interval);
	free(selection->workload);
	*selection = (struct selection){0};
}

static void make_key(const struct usage_interval *interval, uint8_t ret[BOOKED_KEY_SIZE])
{
	const uint8_t kind = (uint8_t)interval->kind;
	uint8_t digest[SHA256_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, interval->node, strlen(interval->node) + 1);
	sha256_add(&sha, &kind, sizeof(kind));
	sha256_add(&sha, interval->workload, strlen(interval->workload));
	sha256_end(&sha, digest);
	memcpy(ret, digest, BOOKED_KEY_SIZE);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int r = memcmp(a->key, b->key, BOOKED_KEY_SIZE);

	if (r != 0)
		return r;
	if (a->start_usec != b->start_usec)
		return a->start_usec < b->start_usec ? -1 : 1;
	return a->end_usec < b->end_usec ? -1 : a->end_usec > b->end_usec;
}

static int compare_keys(const void *left, const void *right)
{
	return memcmp(left, right, BOOKED_KEY_SIZE); /* the key leads in all of them */
}

static int compare_ends(const void *left, const void *right)
{
	const struct booked_workload *a = left, *b = right;

	if (a->end_usec != b->end_usec)
		return a->end_usec > b->end_usec ? -1 : 1;
	return compare_keys(a, b);
}

static const struct booked_workload *find_booked(
	const struct booked *booked, const uint8_t key[BOOKED_KEY_SIZE])
{
	if (booked->count == 0)
		return NULL;
	return bsearch(
		key, booked->workload, booked->count, sizeof(*booked->workload), compare_keys);
}

static struct candidate *sorted_candidates(const struct interval_set *set)
{
	struct candidate *candidates = calloc((size_t)set->count + 1, sizeof(*candidates));

	if (!candidates)
		return NULL;
	for (uint32_t i = 0; i < set->count; i++) {
		struct usage_interval interval;

		interval_set_get(set, i, &interval);
		make_key(&interval, candidates[i].key);
		candidates[i].start_usec = interval.start_usec;
		candidates[i].end_usec = interval.end_usec;
		candidates[i].interval = i;
	}
	qsort(candidates, set->count, sizeof(*candidates), compare_candidates);
	return candidates;
}

/* The candidates of one workload, in order of time. */
static int select_workload(const struct booked *booked, const struct candidate *candidate,
	uint32_t n, uint32_t max, struct selection *selection, uint32_t *ret_conflict)
{
	const struct booked_workload *known = find_booked(booked, candidate->key);
	int64_t known_until = known ? known->end_usec : booked->floor_usec;
	int64_t until = known ? known->end_usec : INT64_MIN; /* nothing new starts before */
	uint32_t n_before = selection->n_intervals;

	for (uint32_t i = 0; i < n && selection->n_intervals < max; i++) {
		/* the same interval twice in one output is a contradiction, not a repetition */
		if (candidate[i].end_usec <= known_until && selection->n_intervals == n_before)
			continue;
		if (candidate[i].start_usec < until) {
			*ret_conflict = candidate[i].interval;
			return -EBADMSG;
		}
		selection->interval[selection->n_intervals++] = candidate[i].interval;
		until = candidate[i].end_usec;
	}
	if (selection->n_intervals > n_before) {
		struct booked_workload *workload = &selection->workload[selection->n_workloads++];

		memcpy(workload->key, candidate->key, BOOKED_KEY_SIZE);
		workload->end_usec = until;
	}
	return 0;
}

int booked_select(const struct booked *booked, const struct interval_set *set, uint32_t max,
	struct selection *ret, uint32_t *ret_conflict)
{
	hm_cleanup(hm_freep) struct candidate *candidates = sorted_candidates(set);
	struct selection selection = {
		.interval = calloc((size_t)set->count + 1, sizeof(*selection.interval)),
		.workload = calloc((size_t)set->count + 1, sizeof(*selection.workload))};
	int r = candidates && selection.interval && selection.workload ? 0 : -ENOMEM;

	for (uint32_t i = 0, end; i < set->count && r == 0; i = end) {
		for (end = i + 1;
			end < set->count && compare_keys(&candidates[i], &candidates[end]) == 0;)
			end++;
		r = select_workload(booked, &candidates[i], end - i, max, &selection, ret_conflict);
	}
	if (r < 0) {
		selection_release(&selection);
		return r;
	}
	*ret = selection;
	return 0;
}

void booked_forget(struct booked *booked)
{
	if (booked->count <= BOOKED_MAX)
		return;
	qsort(booked->workload, booked->count, sizeof(*booked->workload), compare_ends);
	if (booked->workload[BOOKED_MAX].end_usec > booked->floor_usec)
		booked->floor_usec = booked->workload[BOOKED_MAX].end_usec;
	booked->count = BOOKED_MAX;
	qsort(booked->workload, booked->count, sizeof(*booked->workload), compare_keys);
}

int booked_add(struct booked *booked, const struct selection *selection)
{
	size_t n = booked->count + selection->n_workloads, used = 0, a = 0, b = 0;
	struct booked_workload *merged = calloc(n + 1, sizeof(*merged));

	if (!merged)
		return -ENOMEM;
	while (a < booked->count || b < selection->n_workloads) {
		int order = a == booked->count ? 1
			    : b == selection->n_workloads
				    ? -1
				    : compare_keys(&booked->workload[a], &selection->workload[b]);

		merged[used++] = order < 0 ? booked->workload[a] : selection->workload[b];
		a += order <= 0;
		b += order >= 0;
	}
	free(booked->workload);
	booked->workload = merged;
	booked->count = used;
	return 0;
}

void booked_save(const struct booked *booked, struct state_writer *writer)
{
	state_put_time(writer, booked->floor_usec);
	state_put_u32(writer, (uint32_t)booked->count);
	for (size_t i = 0; i < booked->count; i++) {
		if (writer->error == 0)
			writer->error = buffer_append(
				writer->buffer, booked->workload[i].key, BOOKED_KEY_SIZE);
		state_put_time(writer, booked->workload[i].end_usec);
	}
}

void booked_restore(struct booked *booked, struct state_reader *reader)
{
	uint32_t n;

	booked->floor_usec = state_get_time(reader);
	n = state_get_count(reader);
	booked->workload = calloc((size_t)n + 1, sizeof(*booked->workload));
	if (!booked->workload)
		reader->error = -ENOMEM;
	for (uint32_t i = 0; i < n && reader->error == 0; i++) {
		const unsigned char *key;

		reader->error = cursor_bytes(&reader->cursor, BOOKED_KEY_SIZE, &key);
		if (reader->error < 0)
			break;
		memcpy(booked->workload[i].key, key, BOOKED_KEY_SIZE);
		booked->workload[i].end_usec = state_get_time(reader);
		booked->count++;
	}
	if (booked->count > 0)
		qsort(booked->workload, booked->count, sizeof(*booked->workload), compare_keys);
}
