/* A driver that answers, one that hangs, and one that is left behind hanging. */
#include "collector/gpu/asker.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/collector/fake_gpus.h"

#define NOW    1790000000000000ULL
#define MINUTE 60000000

struct asking {
	struct fake_gpus gpus;
	struct gpu_asker *asker;
};

static int set_up(void **state)
{
	struct asking *asking = calloc(1, sizeof(*asking));

	assert_non_null(asking);
	fake_gpus_init(&asking->gpus);
	asking->asker = gpu_asker_new(FAKE_GPUS_LIBRARY);
	assert_non_null(asking->asker);
	*state = asking;
	return 0;
}

static int tear_down(void **state)
{
	struct asking *asking = *state;

	gpu_asker_free(asking->asker);
	fake_gpus_release(&asking->gpus);
	free(asking);
	return 0;
}

static void one_gpu(struct asking *asking, const char *more)
{
	fake_gpus_say(&asking->gpus, "gpu GPU-0 0 0 0 0");
	fake_gpus_say(&asking->gpus, "%s", more);
	fake_gpus_publish(&asking->gpus);
}

static void test_answers(void **state)
{
	struct asking *asking = *state;
	const struct gpu_reading *reading;

	assert_null(gpu_asker_wait(asking->asker, 0)); /* nobody asked */
	for (unsigned int i = 0; i < 3; i++) {
		one_gpu(asking, "");
		assert_int_equal(gpu_asker_start(asking->asker, NOW + i), 0);
		reading = gpu_asker_wait(asking->asker, MINUTE);
		assert_non_null(reading);
		assert_int_equal(reading->n_devices, 1);
		assert_int_equal(reading->device[0].is_baseline, i == 0);
		assert_false(gpu_asker_is_busy(asking->asker));
		assert_int_equal(
			gpu_asker_start(asking->asker, NOW), -EBUSY); /* it would be lost */
		gpu_asker_drop(asking->asker);
	}
}

static void test_hangs(void **state)
{
	struct asking *asking = *state;

	one_gpu(asking, "hang");
	assert_int_equal(gpu_asker_start(asking->asker, NOW), 0);
	assert_null(gpu_asker_wait(asking->asker, 0));
	assert_null(gpu_asker_wait(asking->asker, 1001));
	assert_true(gpu_asker_is_busy(asking->asker));
	assert_int_equal(gpu_asker_start(asking->asker, NOW), -EBUSY);
	one_gpu(asking, "");
	assert_non_null(gpu_asker_wait(asking->asker, MINUTE));
}

/* What the thread uses is not freed under it, and is freed by it. */
static void test_is_left_hanging(void **state)
{
	struct asking *asking = *state;

	fake_gpus_settle();
	one_gpu(asking, "hang");
	assert_int_equal(gpu_asker_start(asking->asker, NOW), 0);
	assert_null(gpu_asker_wait(asking->asker, 1000));
	assert_int_equal(fake_threads(), 2);
	gpu_asker_free(asking->asker);
	asking->asker = NULL;
	one_gpu(asking, "");
	fake_gpus_settle();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_hangs),
		TEST(test_is_left_hanging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
