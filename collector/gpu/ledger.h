/*
 * GPU time by process: what readings say that each did, until somebody takes it. Pure: whose a
 * number is, is asked of the caller.
 *
 * Of a reading with samples a process gets percent x span; where percentages of one GPU are more
 * than 100 together, each its part of the span. When it ends, accounting says what it did in all:
 * what samples did not show of that since the last reading is its own too. Where there are no
 * samples accounting's growth is all there is, whole percents of a life.
 *
 * Invariants
 *  - What was added = what was taken + what is pending; the rest, which is nobody's, included.
 *  - Of one GPU never more than the time that passed while it was read.
 *  - A number that was given to another process is another process: by its start.
 *  - What accounting knows of the time before a baseline is nobody's business.
 *
 * Life cycle: zeroed -> (gpu_ledger_add() -> gpu_ledger_take_*()* -> gpu_ledger_take_rest())* ->
 * gpu_ledger_release().
 */
#ifndef COLLECTOR_GPU_LEDGER_H
#define COLLECTOR_GPU_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/gpu/reader.h"

/* Where a process is. Zeroes: not known. */
struct gpu_place {
	uint64_t start_ticks; /* of /proc */
	int64_t start_usec;   /* the same in UTC, by the clock of now */
	uint64_t cgroup;      /* as claims name it, version 2 ... */
	uint64_t cgroup_v1;   /* ... and version 1 */
	uint64_t pod;	      /* gpu_pod_key(), where the cgroup can't be followed from here */
};

/* A process on a GPU. */
struct gpu_user {
	uint64_t device;
	int32_t pid;
	bool is_gone;
	bool is_accounted;
	uint64_t gone_usec;	      /* UTC of the reading that found it gone ... */
	unsigned int n_readings_gone; /* ... and how many did so far */
	struct gpu_place place;	      /* as last seen */
	uint64_t accounted_start_usec;
	uint64_t known_nsec; /* of its life, by what accounting counts */
	uint64_t pending_nsec;
};

struct gpu_ledger_device {
	uint64_t id;
	uint64_t room_nsec; /* that it may have been busy for and nobody was said to have kept it */
	int64_t monotonic_usec;
	uint64_t realtime_usec;
};

struct gpu_ledger {
	struct gpu_user *user;
	size_t n_users, max_users;
	struct gpu_ledger_device device[GPU_DEVICES_MAX];
	size_t n_devices;
	uint64_t rest_nsec; /* of users that there is no room for */
};

/* When a reading was taken, and how a process is looked at now; -ENOENT: there is none. */
struct gpu_moment {
	uint64_t realtime_usec;
	int64_t monotonic_usec;
	int (*look)(void *context, int32_t pid, struct gpu_place *ret);
	void *context;
};

void gpu_ledger_add(struct gpu_ledger *ledger, const struct gpu_reading *reading,
	const struct gpu_moment *moment);
void gpu_ledger_release(struct gpu_ledger *ledger);

/* Nanoseconds of a GPU, which are taken by that. @cgroup as claims name it. */
uint64_t gpu_ledger_take_cgroup(struct gpu_ledger *ledger, uint64_t cgroup);
uint64_t gpu_ledger_take_pod(struct gpu_ledger *ledger, uint64_t pod);

/* One that @has_exited may also have what nobody saw the process of. */
uint64_t gpu_ledger_take_process(
	struct gpu_ledger *ledger, int32_t pid, uint64_t start_ticks, bool has_exited);

/* What nobody took. */
uint64_t gpu_ledger_take_rest(struct gpu_ledger *ledger);

#endif
