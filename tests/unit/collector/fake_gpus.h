/*
 * What the fake driver of tests/support/fake_nvml.c says, in one file a test. Nothing here knows a
 * real GPU: what a real driver does is taken from its documentation.
 */
#ifndef TESTS_UNIT_COLLECTOR_FAKE_GPUS_H
#define TESTS_UNIT_COLLECTOR_FAKE_GPUS_H

#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define FAKE_GPUS_LIBRARY TEST_BUILD_DIR "/tests/libfake_nvml.so"

struct fake_gpus {
	char path[64], fresh[72];
	char text[1 << 19];
	size_t size;
};

/* One line more of what the driver will say. */
__attribute__((format(printf, 2, 3))) static inline void fake_gpus_say(
	struct fake_gpus *gpus, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(
		gpus->text + gpus->size, sizeof(gpus->text) - gpus->size - 1, format, arguments);
	va_end(arguments);
	assert_true(n >= 0 && (size_t)n < sizeof(gpus->text) - gpus->size - 1);
	gpus->size += (size_t)n;
	gpus->text[gpus->size++] = '\n';
}

/* That is what it says from now on; a reader sees all of it or nothing. */
static inline void fake_gpus_publish(struct fake_gpus *gpus)
{
	FILE *file = fopen(gpus->fresh, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(gpus->text, 1, gpus->size, file), gpus->size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(gpus->fresh, gpus->path), 0);
	gpus->size = 0;
}

static inline void fake_gpus_init(struct fake_gpus *gpus)
{
	int fd;

	gpus->size = 0;
	snprintf(gpus->path, sizeof(gpus->path), "/tmp/hubmeter-gpus-XXXXXX");
	fd = mkstemp(gpus->path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(gpus->fresh, sizeof(gpus->fresh), "%s.new", gpus->path);
	assert_int_equal(setenv("HUBMETER_FAKE_NVML", gpus->path, 1), 0);
}

/* Threads of this program. */
static inline size_t fake_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	size_t n = 0;

	assert_non_null(tasks);
	for (const struct dirent *entry; (entry = readdir(tasks));)
		n += entry->d_name[0] != '.';
	closedir(tasks);
	return n;
}

/* Until nobody asks the driver any more. */
static inline void fake_gpus_settle(void)
{
	for (unsigned int i = 0; i < 60000 && fake_threads() > 1; i++)
		(void)poll(NULL, 0, 1);
	assert_int_equal(fake_threads(), 1);
}

static inline void fake_gpus_release(struct fake_gpus *gpus)
{
	(void)unlink(gpus->path);
}

#endif
