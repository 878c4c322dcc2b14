/*
 * What was booked of the workloads that a command reports, so that an interval it reports again is
 * booked once. Pure.
 *
 * Invariants
 *  - Of each workload, known by node, kind and id, the end of its last booked interval is known.
 *    Intervals of one workload do not overlap, and come in order: one that ends by then is known,
 *    one that starts from then on is new, one that does neither is a contradiction.
 *  - booked_forget() keeps BOOKED_MAX workloads, those whose end is latest. What is forgotten ended
 *    by `floor`, so of a workload that is not remembered whatever ended by then is taken for known,
 *    and what ended later cannot have been booked.
 *
 * Life cycle: zeroed -> (booked_select() -> booked_add())* -> booked_forget() -> ... ->
 * booked_release(). Don't forget while a set is booked in parts: what is left of it could be taken
 * for known.
 */
#ifndef COLLECTOR_SOURCE_COMMAND_BOOKED_H
#define COLLECTOR_SOURCE_COMMAND_BOOKED_H

#include <stddef.h>
#include <stdint.h>

#include "collector/meter/state_codec.h"
#include "common/interval_set.h"

#define BOOKED_MAX	16384u
#define BOOKED_KEY_SIZE 16

struct booked_workload {
	uint8_t key[BOOKED_KEY_SIZE]; /* of the SHA-256 of its names */
	int64_t end_usec;
};

struct booked {
	struct booked_workload *workload; /* by key */
	size_t count;
	int64_t floor_usec;
};

/* What of a set is new: numbers of its intervals, and how far their workloads are booked then. */
struct selection {
	uint32_t *interval;
	uint32_t n_intervals;
	struct booked_workload *workload;
	size_t n_workloads;
};

void booked_release(struct booked *booked);
void selection_release(struct selection *selection);

/*
 * Select what of @set is new, at most @max intervals: the first ones of each workload before later
 * ones. -EBADMSG: *ret_conflict is the number of an interval that contradicts one before it, or
 * what is booked; -ENOMEM.
 */
int booked_select(const struct booked *booked, const struct interval_set *set, uint32_t max,
	struct selection *ret, uint32_t *ret_conflict);

/* The selected are booked now. -ENOMEM: nothing has changed. */
int booked_add(struct booked *booked, const struct selection *selection);

/* Forget workloads past BOOKED_MAX, those that ended first. */
void booked_forget(struct booked *booked);

void booked_save(const struct booked *booked, struct state_writer *writer);

/* @booked comes empty. Failures are the reader's. */
void booked_restore(struct booked *booked, struct state_reader *reader);

#endif
