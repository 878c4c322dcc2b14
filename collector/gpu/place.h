/*
 * Where a process is: its start and its cgroups, read below /proc.
 *
 * The numbers that the driver has for processes are the machine's: in a container they mean
 * something only if it shares the machine's process ids.
 */
#ifndef COLLECTOR_GPU_PLACE_H
#define COLLECTOR_GPU_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/gpu/ledger.h"
#include "collector/proc/proc_read.h"

/*
 * @root: of cgroups; empty: nobody asks for them. @booted_usec: UTC of boottime 0. -ENOENT: there
 * is no such process.
 */
int gpu_place_read(const struct proc_dir *proc, const char *root, int64_t booted_usec, int32_t pid,
	struct gpu_place *ret);

/* What a pod's directory called @name is known by, also where only its path can be read. Not 0. */
uint64_t gpu_pod_key(const char *name, size_t size);

/* The same of the part of @path that is a pod's directory; 0: none is. Pure. */
uint64_t gpu_pod_key_of_path(const char *path, size_t size);

#endif
