/*
 * NVIDIA's management library (NVML), as far as it says what processes do on GPUs. It comes with
 * the driver and is loaded while the program runs, so that nothing needs it to be there. Its public
 * interface is declared here: no header of NVIDIA's is needed to build.
 *
 * Invariants
 *  - Any call may hang for as long as the driver does: whoever must not wait calls from a thread.
 *  - One thread at a time.
 *  - Nothing is changed in the driver: accounting is switched on by the administrator, or not.
 *
 * Errors: -ENODEV: there is no driver (any more), load it anew; -ENXIO: this GPU is lost; -EACCES:
 * not for us; -EOPNOTSUPP: this GPU, or this library, does not know it; -ENOENT: nothing to say;
 * -ENOSPC: more than there is room for; -ENOMEM, -ETIMEDOUT; -EIO: all else.
 *
 * Life cycle: nvml_load() -> calls -> nvml_unload(). Devices are valid in between.
 */
#ifndef COLLECTOR_GPU_NVML_H
#define COLLECTOR_GPU_NVML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NVML_UUID_SIZE	 96
#define NVML_REASON_SIZE 160

struct nvml;
struct nvml_device; /* the library's */

/* One process on one GPU: how busy it kept that of late. The library's layout. */
struct nvml_utilization {
	unsigned int pid;
	unsigned long long timestamp_usec; /* UTC */
	unsigned int compute_percent;
	unsigned int memory_percent;
	unsigned int encoder_percent;
	unsigned int decoder_percent;
};

/* One process on one GPU, over its life. The library's layout. */
struct nvml_accounting {
	unsigned int compute_percent;
	unsigned int memory_percent;
	unsigned long long memory_bytes_max;
	unsigned long long active_msec; /* 0 as long as it runs */
	unsigned long long start_usec;	/* UTC */
	unsigned int is_running;
	unsigned int reserved[5];
};

#define NVML_NOT_KNOWN UINT32_MAX /* in place of a percentage */

/*
 * @path as dlopen() takes it. -ENOENT: there is no such library; -ELIBBAD: it is another one. What
 * the loader said of either is in @reason. Else an error of the driver.
 */
int nvml_load(const char *path, char reason[NVML_REASON_SIZE], struct nvml **ret);
void nvml_unload(struct nvml *nvml);

int nvml_count(const struct nvml *nvml, unsigned int *ret);
int nvml_device(const struct nvml *nvml, unsigned int index, struct nvml_device **ret);
int nvml_uuid(const struct nvml *nvml, struct nvml_device *device, char uuid[NVML_UUID_SIZE]);

/* Whether it is cut into slices (MIG); then nothing is known of its processes. */
int nvml_is_sliced(const struct nvml *nvml, struct nvml_device *device, bool *ret);
int nvml_accounts(const struct nvml *nvml, struct nvml_device *device, bool *ret);

/* Of each process that did something since @since_usec; at most @capacity of them. */
int nvml_utilization(const struct nvml *nvml, struct nvml_device *device, uint64_t since_usec,
	struct nvml_utilization *utilization, size_t capacity, size_t *ret_n);

/* Those that accounting knows, running or ended; at most @capacity of them. */
int nvml_accounted(const struct nvml *nvml, struct nvml_device *device, unsigned int *pids,
	size_t capacity, size_t *ret_n);
int nvml_accounting(const struct nvml *nvml, struct nvml_device *device, unsigned int pid,
	struct nvml_accounting *ret);

#endif
