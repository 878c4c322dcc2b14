/*
 * Rounds on a thread of their own, at a pace: a disk or a server of files that does not answer
 * holds up this thread and nothing else.
 *
 * Invariants
 *  - At most so many entries a second, in bursts of a tenth of a second. The thread has the least
 *    priority that the kernel gives it.
 *  - At most WORKER_FINDINGS findings wait; the round waits until there is room.
 *  - The thread shares nothing but that queue.
 *
 * Life cycle: worker_new() -> (worker_begin() -> worker_take()* whenever worker_fd() is readable,
 * until worker_is_idle())* -> worker_free().
 */
#ifndef COLLECTOR_SOURCE_STORAGE_WORKER_H
#define COLLECTOR_SOURCE_STORAGE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/source/storage/round.h"

#define WORKER_FINDINGS 64u

struct worker;

/* Takes @round. -ENOMEM, -EAGAIN: no thread can be had. */
int worker_new(struct round *round, struct worker **ret);

/* A thread that does not come back from the kernel is left behind, with what it needs. */
void worker_free(struct worker *worker);

/* Readable when there is a finding, or the round is over. */
int worker_fd(const struct worker *worker);

/* Begin a round, unless one is under way. */
void worker_begin(struct worker *worker, uint64_t entries_per_second);

/* The next finding. False: there is none now. */
bool worker_take(struct worker *worker, struct finding *ret);

/* Whether no round is under way and every finding was taken. */
bool worker_is_idle(struct worker *worker);

#endif
