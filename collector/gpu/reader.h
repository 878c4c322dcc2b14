/*
 * What the driver says of all GPUs at one moment: how busy each process kept each of them since it
 * was asked last, and what its accounting knows.
 *
 * Invariants
 *  - What may hang hangs in gpu_reader_read(); it is called from a thread that may (asker.h).
 *  - The first reading of a GPU, and the one behind a failure, is a baseline: of the time before
 *    nothing is said.
 *  - A process that accounting says has ended is told of once.
 *  - Nothing is allocated but by the driver's library; a driver that knows more than there is room
 *    for is read in part.
 *
 * Life cycle: gpu_reader_new() -> gpu_reader_read()* -> gpu_reader_free().
 */
#ifndef COLLECTOR_GPU_READER_H
#define COLLECTOR_GPU_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/gpu/nvml.h"

#define GPU_DEVICES_MAX	  64u
#define GPU_PROCESSES_MAX 4096u /* in one reading, and that accounting of one GPU knows */

/* A process kept GPU @device busy, for so much of its span. */
struct gpu_busy {
	uint32_t device;
	int32_t pid;
	uint32_t percent;
	uint64_t timestamp_usec; /* UTC, of the last sample that it is in */
};

/* What accounting says of a process on GPU @device, of its whole life. Times are UTC. */
struct gpu_accounted {
	uint32_t device;
	int32_t pid;
	bool is_running;
	uint64_t start_usec;
	uint64_t end_usec; /* of the reading, as long as it runs */
	uint64_t busy_usec;
};

struct gpu_seen {
	uint64_t id; /* a hash of its UUID; 0: it did not say */
	int error;   /* negative: nothing is known of its processes */
	bool is_baseline;
	bool is_sliced;	     /* MIG: nothing is known of its processes either */
	bool has_accounting; /* on, and readable */
	bool is_sampled;     /* its processes are in busy[]; else accounting is all there is */
	uint64_t span_usec;  /* that busy[] is about */
};

struct gpu_reading {
	int error; /* of nvml_load(), or the driver's as a whole: there are no GPUs then */
	char reason[NVML_REASON_SIZE];
	size_t n_devices;
	struct gpu_seen device[GPU_DEVICES_MAX];
	size_t n_busy, n_accounted;
	struct gpu_busy busy[GPU_PROCESSES_MAX];
	struct gpu_accounted accounted[GPU_PROCESSES_MAX];
};

struct gpu_reader;

/* @library as for dlopen(); it is copied and not loaded yet. NULL: no memory. */
struct gpu_reader *gpu_reader_new(const char *library);
void gpu_reader_free(struct gpu_reader *reader);

void gpu_reader_read(
	struct gpu_reader *reader, uint64_t realtime_usec, struct gpu_reading *reading);

#endif
