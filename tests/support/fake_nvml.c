/*
 * Stands in for NVIDIA's libnvidia-ml.so.1 where there is no GPU: a library that answers what the
 * file named by HUBMETER_FAKE_NVML says, which it reads anew at each call.
 *
 *	init CODE			what nvmlInit_v2() returns
 *	fail CODE			what everything else returns
 *	hang				calls do not return as long as this line is there
 *	gpu UUID SLICED ACCOUNTING ERROR SAMPLES ACCOUNTS
 *					the next GPU; codes that it returns in general, for samples
 *					and for the list that accounting has
 *	sample GPU PID TIMESTAMP PERCENT
 *	account GPU PID START ACTIVE_MSEC PERCENT IS_RUNNING
 *
 * Layouts and names are those of NVML's public documentation, declared once more: what the program
 * under test believes of them is not taken from it.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };

typedef struct nvmlDevice_st *nvmlDevice_t;

typedef struct {
	unsigned int pid;
	unsigned long long timeStamp;
	unsigned int smUtil, memUtil, encUtil, decUtil;
} nvmlProcessUtilizationSample_t;

typedef struct {
	unsigned int gpuUtilization, memoryUtilization;
	unsigned long long maxMemoryUsage, time, startTime;
	unsigned int isRunning;
	unsigned int reserved[5];
} nvmlAccountingStats_t;

struct gpu {
	char uuid[96];
	int is_sliced, has_accounting, error, samples_error, accounts_error;
};

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned int *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device);
int nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length);
int nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *now, unsigned int *pending);
int nvmlDeviceGetAccountingMode(nvmlDevice_t device, int *mode);
int nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *sample,
	unsigned int *count, unsigned long long since);
int nvmlDeviceGetAccountingPids(nvmlDevice_t device, unsigned int *count, unsigned int *pids);
int nvmlDeviceGetAccountingStats(
	nvmlDevice_t device, unsigned int pid, nvmlAccountingStats_t *stats);

static FILE *open_script(void)
{
	const char *path = getenv("HUBMETER_FAKE_NVML");
	FILE *file = fopen(path ? path : "/dev/null", "re");

	if (!file)
		abort();
	return file;
}

/* The number behind @word at the beginning of a line; @otherwise: there is no such line. */
static int said(const char *word, int otherwise)
{
	FILE *file = open_script();
	char line[256], first[32];
	int number, found = otherwise;

	while (fgets(line, sizeof(line), file)) {
		number = 1;
		if (sscanf(line, "%31s %d", first, &number) >= 1 && strcmp(first, word) == 0)
			found = number;
	}
	fclose(file);
	return found;
}

static int answer(void)
{
	while (said("hang", 0))
		(void)poll(NULL, 0, 1);
	return said("fail", SUCCESS);
}

static bool find_gpu(unsigned int index, struct gpu *ret)
{
	FILE *file = open_script();
	char line[256];
	bool is_found = false;

	while (!is_found && fgets(line, sizeof(line), file)) {
		struct gpu gpu = {.error = SUCCESS};

		if (sscanf(line, "gpu %95s %d %d %d %d %d", gpu.uuid, &gpu.is_sliced,
			    &gpu.has_accounting, &gpu.error, &gpu.samples_error,
			    &gpu.accounts_error) < 1)
			continue;
		is_found = index-- == 0;
		*ret = gpu;
	}
	fclose(file);
	return is_found;
}

static unsigned int index_of(nvmlDevice_t device)
{
	return (unsigned int)((size_t)device - 1);
}

static int answer_of(nvmlDevice_t device, struct gpu *gpu)
{
	int r = answer();

	if (r != SUCCESS)
		return r;
	return find_gpu(index_of(device), gpu) ? gpu->error : NOT_FOUND;
}

int nvmlInit_v2(void)
{
	int r = answer();

	return r != SUCCESS ? r : said("init", SUCCESS);
}

int nvmlShutdown(void)
{
	return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned int *count)
{
	struct gpu gpu;
	int r = answer();

	for (*count = 0; r == SUCCESS && find_gpu(*count, &gpu);)
		++*count;
	return r;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device)
{
	struct gpu gpu;

	*device = (nvmlDevice_t)((size_t)index + 1);
	return answer_of(*device, &gpu);
}

int nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length)
{
	struct gpu gpu;
	int r = answer_of(device, &gpu);

	if (r == SUCCESS)
		snprintf(uuid, length, "%s", gpu.uuid);
	return r;
}

int nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *now, unsigned int *pending)
{
	struct gpu gpu;
	int r = answer_of(device, &gpu);

	if (r == SUCCESS)
		*now = *pending = (unsigned int)gpu.is_sliced;
	return r;
}

int nvmlDeviceGetAccountingMode(nvmlDevice_t device, int *mode)
{
	struct gpu gpu;
	int r = answer_of(device, &gpu);

	if (r == SUCCESS)
		*mode = gpu.has_accounting;
	return r;
}

int nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *sample,
	unsigned int *count, unsigned long long since)
{
	struct gpu gpu;
	char line[256];
	unsigned int index, n = 0, room = *count;
	int r = answer_of(device, &gpu);
	FILE *file;

	if (r != SUCCESS || gpu.samples_error != SUCCESS)
		return r != SUCCESS ? r : gpu.samples_error;
	file = open_script();
	while (fgets(line, sizeof(line), file)) {
		nvmlProcessUtilizationSample_t one = {.memUtil = 7};

		if (sscanf(line, "sample %u %u %llu %u", &index, &one.pid, &one.timeStamp,
			    &one.smUtil) != 4 ||
			index != index_of(device) || one.timeStamp <= since)
			continue;
		if (n < room)
			sample[n] = one;
		n++;
	}
	fclose(file);
	*count = n;
	if (n > room)
		return INSUFFICIENT_SIZE;
	return n > 0 ? SUCCESS : NOT_FOUND;
}

static bool next_account(
	FILE *file, nvmlDevice_t device, unsigned int *pid, nvmlAccountingStats_t *stats)
{
	char line[256];
	unsigned int index;

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "account %u %u %llu %llu %u %u", &index, pid, &stats->startTime,
			    &stats->time, &stats->gpuUtilization, &stats->isRunning) == 6 &&
			index == index_of(device))
			return true;
	return false;
}

int nvmlDeviceGetAccountingPids(nvmlDevice_t device, unsigned int *count, unsigned int *pids)
{
	nvmlAccountingStats_t stats;
	struct gpu gpu;
	unsigned int pid, n = 0, room = *count;
	int r = answer_of(device, &gpu);
	FILE *file;

	if (r != SUCCESS || gpu.accounts_error != SUCCESS)
		return r != SUCCESS ? r : gpu.accounts_error;
	file = open_script();
	for (; next_account(file, device, &pid, &stats); n++)
		if (n < room)
			pids[n] = pid;
	fclose(file);
	*count = n;
	return n > room ? INSUFFICIENT_SIZE : SUCCESS;
}

/* Of several of one number the last. */
int nvmlDeviceGetAccountingStats(
	nvmlDevice_t device, unsigned int pid, nvmlAccountingStats_t *stats)
{
	nvmlAccountingStats_t one = {.memoryUtilization = 7};
	struct gpu gpu;
	unsigned int other;
	int r = answer_of(device, &gpu), found = NOT_FOUND;
	FILE *file;

	if (r != SUCCESS)
		return r;
	file = open_script();
	while (next_account(file, device, &other, &one)) {
		if (other != pid)
			continue;
		*stats = one;
		found = SUCCESS;
	}
	fclose(file);
	return found;
}
