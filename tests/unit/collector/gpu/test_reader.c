/* What is read of a driver, by a library that stands in for it. */
#include "collector/gpu/reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/collector/fake_gpus.h"

#define NOW 1790000000000000ULL
#define SEC 1000000ULL

enum {
	UNINITIALIZED = 1,
	NOT_SUPPORTED = 3,
	NO_PERMISSION = 4,
	DRIVER_NOT_LOADED = 9,
	IS_LOST = 15
};

struct driver {
	struct fake_gpus gpus;
	struct gpu_reader *reader;
	struct gpu_reading reading;
};

static int set_up(void **state)
{
	struct driver *driver = calloc(1, sizeof(*driver));

	assert_non_null(driver);
	fake_gpus_init(&driver->gpus);
	driver->reader = gpu_reader_new(FAKE_GPUS_LIBRARY);
	assert_non_null(driver->reader);
	*state = driver;
	return 0;
}

static int tear_down(void **state)
{
	struct driver *driver = *state;

	gpu_reader_free(driver->reader);
	fake_gpus_release(&driver->gpus);
	free(driver);
	return 0;
}

static const struct gpu_reading *read_at(struct driver *driver, uint64_t usec)
{
	fake_gpus_publish(&driver->gpus);
	gpu_reader_read(driver->reader, usec, &driver->reading);
	return &driver->reading;
}

static void test_missing_library(void **state)
{
	struct gpu_reader *reader = gpu_reader_new("/nowhere/libnvidia-ml.so.1");
	struct gpu_reading *reading = &((struct driver *)*state)->reading;

	gpu_reader_read(reader, NOW, reading);
	assert_int_equal(reading->error, -ENOENT);
	assert_non_null(strstr(reading->reason, "/nowhere/libnvidia-ml.so.1"));
	assert_int_equal(reading->n_devices, 0);
	gpu_reader_free(reader);
}

static void test_other_library(void **state)
{
	struct gpu_reader *reader = gpu_reader_new("libm.so.6");
	struct gpu_reading *reading = &((struct driver *)*state)->reading;

	gpu_reader_read(reader, NOW, reading);
	assert_int_equal(reading->error, -ELIBBAD);
	gpu_reader_free(reader);
}

static void test_driver_comes_and_goes(void **state)
{
	struct driver *driver = *state;

	fake_gpus_say(&driver->gpus, "init %d", DRIVER_NOT_LOADED);
	assert_int_equal(read_at(driver, NOW)->error, -ENODEV);
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	assert_int_equal(read_at(driver, NOW)->error, 0);
	assert_true(driver->reading.device[0].is_baseline);
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	assert_false(read_at(driver, NOW + SEC)->device[0].is_baseline);
	fake_gpus_say(&driver->gpus, "fail %d", UNINITIALIZED);
	assert_int_equal(read_at(driver, NOW + 2 * SEC)->error, -ENODEV);
	assert_int_equal(driver->reading.n_devices, 0);
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	assert_int_equal(read_at(driver, NOW + 3 * SEC)->error, 0);
	assert_true(driver->reading.device[0].is_baseline);
}

static void test_no_gpus(void **state)
{
	struct driver *driver = *state;

	assert_int_equal(read_at(driver, NOW)->error, 0);
	assert_int_equal(driver->reading.n_devices, 0);
}

/* A sample is about the time since the newest one before it. */
static void test_span(void **state)
{
	struct driver *driver = *state;
	const struct gpu_reading *reading;

	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 90", NOW - SEC);
	reading = read_at(driver, NOW);
	assert_int_equal(reading->n_busy, 0); /* before anybody looked */
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 40", NOW + 9 * SEC);
	fake_gpus_say(&driver->gpus, "sample 0 8 %llu 250", NOW + 9 * SEC + 1);
	fake_gpus_say(&driver->gpus, "sample 0 0 %llu 5", NOW + 9 * SEC);
	reading = read_at(driver, NOW + 10 * SEC);
	assert_int_equal(reading->n_busy, 2);
	assert_int_equal(reading->busy[0].pid, 7);
	assert_int_equal(reading->busy[0].percent, 40);
	assert_int_equal(reading->busy[1].percent, 100);
	assert_int_equal(reading->device[0].span_usec, 9 * SEC + 1);
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 40", NOW + 9 * SEC); /* known */
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 30", NOW + 18 * SEC);
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 20", NOW + 19 * SEC);
	reading = read_at(driver, NOW + 20 * SEC);
	assert_int_equal(reading->n_busy, 1);
	assert_int_equal(reading->busy[0].percent, 20);
	assert_int_equal(reading->device[0].span_usec, 10 * SEC - 1);
}

/* Behind a time without samples a span does not reach back to the last one. */
static void test_idle_time(void **state)
{
	struct driver *driver = *state;
	const struct gpu_reading *reading = NULL;

	for (uint64_t i = 0; i <= 10; i++) {
		fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
		if (i == 10)
			fake_gpus_say(&driver->gpus, "sample 0 7 %llu 50", NOW + 100 * SEC);
		reading = read_at(driver, NOW + i * 10 * SEC);
	}
	assert_int_equal(reading->n_busy, 1);
	assert_int_equal(reading->device[0].span_usec, 12 * SEC); /* and the lag of samples */
}

static void test_clock_set_back(void **state)
{
	struct driver *driver = *state;
	const struct gpu_reading *reading = NULL;

	for (uint64_t i = 0; i <= 2; i++) {
		fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
		if (i == 2)
			fake_gpus_say(&driver->gpus, "sample 0 7 %llu 50", NOW - 3591 * SEC);
		reading = read_at(driver, i == 0 ? NOW : NOW - 3600 * SEC + i * 5 * SEC);
	}
	assert_int_equal(reading->n_busy, 1);
	assert_int_equal(reading->device[0].span_usec, 4 * SEC);
}

static void test_accounting_tells_an_end_once(void **state)
{
	struct driver *driver = *state;
	const struct gpu_reading *reading;

	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 0");
	fake_gpus_say(&driver->gpus, "account 0 7 %llu 0 50 1", NOW - 20 * SEC);
	reading = read_at(driver, NOW);
	assert_true(reading->device[0].has_accounting);
	assert_int_equal(reading->n_accounted, 1);
	assert_true(reading->accounted[0].is_running);
	assert_int_equal(reading->accounted[0].busy_usec, 10 * SEC);
	for (unsigned int i = 0; i < 2; i++) {
		fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 0");
		fake_gpus_say(&driver->gpus, "account 0 7 %llu 24000 75 0", NOW - 20 * SEC);
		reading = read_at(driver, NOW + (i + 1) * 10 * SEC);
		assert_int_equal(reading->n_accounted, i == 0);
	}
	assert_int_equal(driver->reading.accounted[0].busy_usec, 18 * SEC);
	assert_int_equal(driver->reading.accounted[0].end_usec, NOW + 4 * SEC);
	/* the number is another process's now */
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 0");
	fake_gpus_say(&driver->gpus, "sample 0 7 %llu 50", NOW + 29 * SEC);
	fake_gpus_say(&driver->gpus, "account 0 7 %llu 0 50 1", NOW + 25 * SEC);
	assert_int_equal(read_at(driver, NOW + 30 * SEC)->n_accounted, 1);
}

static void test_accounting_says_nonsense(void **state)
{
	struct driver *driver = *state;

	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 0");
	fake_gpus_say(&driver->gpus, "account 0 1 %llu 18446744073709551615 50 0", NOW);
	fake_gpus_say(&driver->gpus, "account 0 2 18446744073709551615 9000 50 0");
	fake_gpus_say(&driver->gpus, "account 0 3 %llu 9000 4294967295 0", NOW);
	fake_gpus_say(&driver->gpus, "account 0 4 %llu 0 50 1", NOW + SEC);
	fake_gpus_say(&driver->gpus, "account 0 0 %llu 0 50 1", NOW - SEC);
	assert_int_equal(read_at(driver, NOW)->error, 0);
	assert_int_equal(driver->reading.device[0].error, 0);
	assert_int_equal(driver->reading.n_accounted, 0);
}

/* One GPU's trouble is not the others', and what it says behind that begins anew. */
static void test_one_is_lost(void **state)
{
	static const int codes[] = {0, 0, IS_LOST, 0, 0};
	static const int errors[] = {0, 0, -ENXIO, 0, 0};
	struct driver *driver = *state;

	for (unsigned int i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		uint64_t now = NOW + i * 10 * SEC;

		fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 %d 0", codes[i]);
		fake_gpus_say(&driver->gpus, "gpu GPU-1 0 1 0 0");
		fake_gpus_say(&driver->gpus, "sample 0 7 %llu 50", (unsigned long long)now);
		fake_gpus_say(&driver->gpus, "sample 1 8 %llu 60", (unsigned long long)now);
		assert_int_equal(read_at(driver, now)->error, 0);
		assert_int_equal(driver->reading.n_devices, 2);
		assert_int_equal(driver->reading.device[0].error, errors[i]);
		if (i != 2)
			assert_int_equal(driver->reading.device[0].is_baseline, i == 0 || i == 3);
		assert_int_equal(driver->reading.n_busy, i == 0 ? 0 : i == 1 || i == 4 ? 2 : 1);
		assert_int_not_equal(driver->reading.device[0].id, driver->reading.device[1].id);
	}
}

static void test_no_permission(void **state)
{
	struct driver *driver = *state;

	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 %d", NO_PERMISSION);
	fake_gpus_say(&driver->gpus, "gpu GPU-1 0 1 0 0 %d", NO_PERMISSION);
	assert_int_equal(read_at(driver, NOW)->error, 0);
	assert_int_equal(driver->reading.device[0].error, -EACCES);
	assert_int_equal(driver->reading.device[1].error, 0); /* samples alone will do */
	assert_false(driver->reading.device[1].has_accounting);
	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 %d", NO_PERMISSION);
	fake_gpus_say(&driver->gpus, "gpu GPU-1 0 0 0 0");
	assert_int_equal(read_at(driver, NOW + SEC)->device[0].error, 0); /* and so will that */
	assert_false(driver->reading.device[0].is_sampled);
}

static void test_without_samples(void **state)
{
	struct driver *driver = *state;

	fake_gpus_say(&driver->gpus, "gpu GPU-0 0 1 0 %d", NOT_SUPPORTED);
	fake_gpus_say(&driver->gpus, "gpu GPU-1 0 0 0 %d", NOT_SUPPORTED);
	assert_int_equal(read_at(driver, NOW)->error, 0);
	assert_int_equal(driver->reading.device[0].error, 0);
	assert_false(driver->reading.device[0].is_sampled);
	assert_int_equal(driver->reading.device[1].error, -EOPNOTSUPP);
}

static void test_slices_say_nothing(void **state)
{
	struct driver *driver = *state;

	for (uint64_t i = 0; i < 2; i++) {
		fake_gpus_say(&driver->gpus, "gpu GPU-0 1 0 0 0");
		fake_gpus_say(&driver->gpus, "sample 0 7 %llu 50", NOW + i * SEC);
		assert_int_equal(read_at(driver, NOW + i * SEC)->error, 0);
		assert_true(driver->reading.device[0].is_sliced);
		assert_int_equal(driver->reading.n_busy, 0);
	}
}

static void test_gpu_is_added(void **state)
{
	struct driver *driver = *state;

	for (unsigned int i = 1; i <= 3; i++) {
		for (unsigned int n = 0; n < i; n++)
			fake_gpus_say(&driver->gpus, "gpu GPU-%u 0 0 0 0", n);
		assert_int_equal(read_at(driver, NOW + i * SEC)->n_devices, i);
		assert_int_equal(driver->reading.device[i - 1].error, 0);
	}
}

/* What there is no room for is not read, and nothing is written past the end. */
static void test_too_many(void **state)
{
	struct driver *driver = *state;

	for (uint64_t i = 0; i < 2; i++) {
		fake_gpus_say(&driver->gpus, "gpu GPU-0 0 0 0 0");
		fake_gpus_say(&driver->gpus, "gpu GPU-1 0 0 0 0");
		for (unsigned int pid = 1; pid <= GPU_PROCESSES_MAX; pid++)
			fake_gpus_say(&driver->gpus, "sample 0 %u %llu 1", pid, NOW + i * SEC);
		fake_gpus_say(&driver->gpus, "sample 1 5 %llu 1", NOW + i * SEC);
		assert_int_equal(read_at(driver, NOW + i * SEC)->error, 0);
	}
	assert_int_equal(driver->reading.n_busy, GPU_PROCESSES_MAX);
	assert_int_equal(driver->reading.device[1].error, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_missing_library),
		TEST(test_other_library),
		TEST(test_driver_comes_and_goes),
		TEST(test_no_gpus),
		TEST(test_span),
		TEST(test_idle_time),
		TEST(test_clock_set_back),
		TEST(test_accounting_tells_an_end_once),
		TEST(test_accounting_says_nonsense),
		TEST(test_one_is_lost),
		TEST(test_no_permission),
		TEST(test_without_samples),
		TEST(test_slices_say_nothing),
		TEST(test_gpu_is_added),
		TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
