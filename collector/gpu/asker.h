/*
 * Asking the driver beside the loop: one asking at a time, each on a thread of its own, so that a
 * driver that hangs stops nothing else. Between two askings there is no thread.
 *
 * Invariants
 *  - The reader is the thread's while an asking is under way, the reading the loop's when it is
 *    not.
 *  - A thread that hangs can't be ended: asker_free() leaves to it what it uses, and it frees that
 *    when it is over.
 *
 * Life cycle: gpu_asker_new() -> (gpu_asker_start() -> gpu_asker_wait()* -> gpu_asker_drop())* ->
 * gpu_asker_free(). All on one thread.
 */
#ifndef COLLECTOR_GPU_ASKER_H
#define COLLECTOR_GPU_ASKER_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/gpu/reader.h"

struct gpu_asker;

/* NULL: no memory. */
struct gpu_asker *gpu_asker_new(const char *library);
void gpu_asker_free(struct gpu_asker *asker);

/* -EBUSY: the last one is not over, or its reading was not dropped; or no thread could be had. */
int gpu_asker_start(struct gpu_asker *asker, uint64_t realtime_usec);

/*
 * The reading, valid until it is dropped; NULL: there is none so far, and none comes if nothing was
 * asked. Waits for @usec at most while an asking is under way.
 */
const struct gpu_reading *gpu_asker_wait(struct gpu_asker *asker, int64_t usec);
void gpu_asker_drop(struct gpu_asker *asker);

bool gpu_asker_is_busy(struct gpu_asker *asker);

#endif
