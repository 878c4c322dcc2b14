/*
 * Samples are averages since the last one that was seen: what is busy is percent x span. The driver
 * writes a sample down some time after it was taken, hence the lag that is left to it.
 */
#include "collector/gpu/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

#define LAG_USEC 2000000u /* of samples */

struct device {
	struct nvml_device *handle; /* NULL: not asked for yet */
	uint64_t id;
	uint64_t since_usec; /* samples up to then are known; 0: the next reading is the first */
	unsigned int closed[GPU_PROCESSES_MAX]; /* sorted: told of as ended */
	size_t n_closed;
};

struct gpu_reader {
	char *library;
	struct nvml *nvml; /* NULL: not loaded */
	size_t n_devices;
	struct device device[GPU_DEVICES_MAX];

	/* of the device at hand */
	struct nvml_utilization sample[GPU_PROCESSES_MAX];
	unsigned int pid[GPU_PROCESSES_MAX];
	unsigned int closed[GPU_PROCESSES_MAX];
};

struct gpu_reader *gpu_reader_new(const char *library)
{
	struct gpu_reader *reader = calloc(1, sizeof(*reader)); /* untouched pages cost nothing */

	if (!reader)
		return NULL;
	reader->library = strdup(library);
	if (reader->library)
		return reader;
	free(reader);
	return NULL;
}

static void unload(struct gpu_reader *reader)
{
	nvml_unload(reader->nvml);
	reader->nvml = NULL;
	reader->n_devices = 0;
}

void gpu_reader_free(struct gpu_reader *reader)
{
	if (!reader)
		return;
	unload(reader);
	free(reader->library);
	free(reader);
}

/* --------------------------------------------------------------------------------- samples */

/* Of several of one process the newest counts. */
static void add_busy(struct gpu_reading *reading, size_t first, const struct gpu_busy *busy)
{
	for (size_t i = first; i < reading->n_busy; i++) {
		struct gpu_busy *known = &reading->busy[i];

		if (known->pid != busy->pid)
			continue;
		if (known->timestamp_usec < busy->timestamp_usec)
			*known = *busy;
		return;
	}
	if (reading->n_busy < GPU_PROCESSES_MAX)
		reading->busy[reading->n_busy++] = *busy;
}

static bool is_sound(const struct nvml_utilization *sample, uint64_t since_usec)
{
	return sample->pid > 0 && sample->pid <= INT32_MAX && sample->timestamp_usec > since_usec &&
	       sample->compute_percent != NVML_NOT_KNOWN;
}

static uint32_t percent_of(unsigned int percent)
{
	return percent < 100 ? percent : 100;
}

/* The newest sample of all; @since_usec: there is none. */
static uint64_t take_samples(const struct gpu_reader *reader, uint32_t index, size_t n,
	uint64_t since_usec, struct gpu_reading *reading)
{
	uint64_t newest_usec = since_usec;
	size_t first = reading->n_busy;

	for (size_t i = 0; i < n; i++) {
		const struct nvml_utilization *sample = &reader->sample[i];
		struct gpu_busy busy = {.device = index,
			.pid = (int32_t)sample->pid,
			.percent = percent_of(sample->compute_percent),
			.timestamp_usec = sample->timestamp_usec};

		if (!is_sound(sample, since_usec))
			continue;
		if (newest_usec < sample->timestamp_usec)
			newest_usec = sample->timestamp_usec;
		add_busy(reading, first, &busy);
	}
	return newest_usec;
}

/* Where the next span begins: never long ago, nor in the future if UTC was set back. */
static uint64_t next_since(uint64_t newest_usec, uint64_t realtime_usec)
{
	uint64_t oldest_usec = realtime_usec > LAG_USEC ? realtime_usec - LAG_USEC : 1;

	if (newest_usec < oldest_usec)
		return oldest_usec;
	return newest_usec <= realtime_usec + LAG_USEC ? newest_usec : realtime_usec;
}

/* Of samples and accounting one will do. */
static bool may_do_without(int r)
{
	return r == -EOPNOTSUPP || r == -EACCES;
}

static int read_samples(struct gpu_reader *reader, uint32_t index, uint64_t realtime_usec,
	struct gpu_reading *reading)
{
	struct gpu_seen *seen = &reading->device[index];
	struct device *device = &reader->device[index];
	uint64_t since_usec = seen->is_baseline ? realtime_usec : device->since_usec;
	uint64_t newest_usec = since_usec;
	size_t n = 0;
	int r = nvml_utilization(
		reader->nvml, device->handle, since_usec, reader->sample, GPU_PROCESSES_MAX, &n);

	if (r < 0 && r != -ENOENT && !may_do_without(r))
		return r;
	seen->is_sampled = r == 0 || r == -ENOENT;
	if (r == 0 && !seen->is_baseline)
		newest_usec = take_samples(reader, index, n, since_usec, reading);
	seen->span_usec = newest_usec - since_usec;
	device->since_usec = next_since(newest_usec, realtime_usec);
	return seen->is_sampled ? 0 : r;
}

/* ------------------------------------------------------------------------------ accounting */

static int compare(const void *left, const void *right)
{
	unsigned int a = *(const unsigned int *)left, b = *(const unsigned int *)right;

	return a < b ? -1 : a > b;
}

static bool is_busy(const struct gpu_reading *reading, uint32_t index, unsigned int pid)
{
	for (size_t i = reading->n_busy; i > 0 && reading->busy[i - 1].device == index; i--)
		if ((unsigned int)reading->busy[i - 1].pid == pid)
			return true;
	return false;
}

/* A number that is busy again is another process. */
static bool is_closed(const struct device *device, const struct gpu_reading *reading,
	uint32_t index, unsigned int pid)
{
	return bsearch(&pid, device->closed, device->n_closed, sizeof(pid), compare) &&
	       !is_busy(reading, index, pid);
}

/* Whether it has ended. */
static bool take_accounting(struct gpu_reading *reading, uint32_t index, unsigned int pid,
	const struct nvml_accounting *said, uint64_t realtime_usec)
{
	struct gpu_accounted accounted = {.device = index,
		.pid = (int32_t)pid,
		.is_running = said->is_running != 0,
		.start_usec = said->start_usec,
		.end_usec = realtime_usec};
	uint64_t life_usec;

	if (!accounted.is_running &&
		(__builtin_mul_overflow(said->active_msec, 1000, &life_usec) ||
			__builtin_add_overflow(said->start_usec, life_usec, &accounted.end_usec)))
		return true; /* nonsense */
	if (said->compute_percent == NVML_NOT_KNOWN || accounted.end_usec < accounted.start_usec ||
		reading->n_accounted == GPU_PROCESSES_MAX)
		return !accounted.is_running;
	life_usec = accounted.end_usec - accounted.start_usec;
	accounted.busy_usec =
		(uint64_t)((unsigned __int128)life_usec * percent_of(said->compute_percent) / 100);
	reading->accounted[reading->n_accounted++] = accounted;
	return !accounted.is_running;
}

static int read_accounting(struct gpu_reader *reader, uint32_t index, uint64_t realtime_usec,
	struct gpu_reading *reading)
{
	struct device *device = &reader->device[index];
	size_t n = 0, n_closed = 0;
	int r = nvml_accounted(reader->nvml, device->handle, reader->pid, GPU_PROCESSES_MAX, &n);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct nvml_accounting said = {0};
		unsigned int pid = reader->pid[i];
		bool has_ended =
			pid == 0 || pid > INT32_MAX || is_closed(device, reading, index, pid);

		if (!has_ended)
			r = nvml_accounting(reader->nvml, device->handle, pid, &said);
		if (!has_ended && r == 0)
			has_ended = take_accounting(reading, index, pid, &said, realtime_usec);
		if (has_ended)
			reader->closed[n_closed++] = pid;
		r = r == -ENOENT ? 0 : r; /* another took its place */
	}
	qsort(reader->closed, n_closed, sizeof(*reader->closed), compare);
	memcpy(device->closed, reader->closed, n_closed * sizeof(*reader->closed));
	device->n_closed = n_closed;
	return r;
}

/* --------------------------------------------------------------------------------- devices */

static int open_device(struct gpu_reader *reader, uint32_t index)
{
	struct device *device = &reader->device[index];
	char uuid[NVML_UUID_SIZE] = "";
	int r = nvml_device(reader->nvml, index, &device->handle);

	if (r == 0)
		r = nvml_uuid(reader->nvml, device->handle, uuid);
	uuid[sizeof(uuid) - 1] = '\0';
	if (r == 0)
		device->id = hash_bytes(1, uuid, strlen(uuid));
	else
		device->handle = NULL;
	return r;
}

static int read_processes(struct gpu_reader *reader, uint32_t index, uint64_t realtime_usec,
	struct gpu_reading *reading)
{
	struct gpu_seen *seen = &reading->device[index];
	struct device *device = &reader->device[index];
	int samples, r = nvml_is_sliced(reader->nvml, device->handle, &seen->is_sliced);

	if (r < 0 || seen->is_sliced)
		return r;
	samples = read_samples(reader, index, realtime_usec, reading);
	if (samples < 0 && !may_do_without(samples))
		return samples;
	r = nvml_accounts(reader->nvml, device->handle, &seen->has_accounting);
	if (r == 0 && seen->has_accounting)
		r = read_accounting(reader, index, realtime_usec, reading);
	if (r == -ENODEV || r == -ENXIO)
		return r;
	seen->has_accounting &= r == 0;
	return seen->is_sampled || seen->has_accounting ? 0 : samples;
}

/* What was said before it failed is not taken: the next reading is the first again. */
static int read_device(struct gpu_reader *reader, uint32_t index, uint64_t realtime_usec,
	struct gpu_reading *reading)
{
	struct gpu_seen *seen = &reading->device[index];
	struct device *device = &reader->device[index];
	size_t n_busy = reading->n_busy, n_accounted = reading->n_accounted;
	int r = device->handle ? 0 : open_device(reader, index);

	seen->id = device->id;
	seen->is_baseline = device->since_usec == 0;
	if (r == 0)
		r = read_processes(reader, index, realtime_usec, reading);
	seen->error = r;
	if (r == 0 && !seen->is_sliced)
		return 0;
	reading->n_busy = n_busy;
	reading->n_accounted = n_accounted;
	device->since_usec = 0;
	device->n_closed = 0;
	if (r < 0)
		device->handle = NULL;
	return r;
}

/* There may be more of them, or less, than before: then all are new. */
static int find_devices(struct gpu_reader *reader)
{
	unsigned int n = 0;
	int r = nvml_count(reader->nvml, &n);

	if (r < 0)
		return r;
	if (n > GPU_DEVICES_MAX)
		n = GPU_DEVICES_MAX;
	if (n == reader->n_devices)
		return 0;
	reader->n_devices = n;
	memset(reader->device, 0, n * sizeof(*reader->device));
	return 0;
}

void gpu_reader_read(struct gpu_reader *reader, uint64_t realtime_usec, struct gpu_reading *reading)
{
	int r = 0;

	reading->reason[0] = '\0';
	reading->n_devices = reading->n_busy = reading->n_accounted = 0;
	if (!reader->nvml)
		r = nvml_load(reader->library, reading->reason, &reader->nvml);
	if (r == 0)
		r = find_devices(reader);
	for (uint32_t i = 0; i < reader->n_devices && r == 0; i++) {
		reading->device[i] = (struct gpu_seen){0};
		if (read_device(reader, i, realtime_usec, reading) == -ENODEV)
			r = -ENODEV;
	}
	reading->error = r;
	if (r < 0)
		unload(reader);
	else
		reading->n_devices = reader->n_devices;
	if (r < 0)
		reading->n_busy = reading->n_accounted = 0;
}
