/* Lives and ends in the kernel's cgroups. Where none can be made it is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/collector/source/group/real_cgroups.h"

#define N_SHORT	   120
#define N_BUSY	   2
#define N_TOGETHER 5

/*
 * Each lives and dies between two passes, never seen alive, beside two that are busy all the time;
 * then the busy ones end, and one more on an idle machine pays what may be owed.
 */
static void run_short_lives(bool is_v1)
{
	struct real *real = real_new(is_v1);
	struct server server, busy[N_BUSY];
	uint64_t truth[N_SHORT + 1], busy_truth, max_error = 0, before, gained;
	char user[32], path[400];

	if (!real)
		skip();
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		real_make_unit(real, user, path);
	}
	assert_int_equal(meter_pass(real->meter), 0);
	before = real_slice_usec(real);
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		busy[i] = real_start(real, user, INT64_MAX);
	}
	for (int i = 0; i < N_SHORT; i++) {
		snprintf(user, sizeof(user), "short%d", i);
		server = real_start(real, user, (i % 10) * 2000000LL);
		truth[i] = real_finish(real, user, &server);
		real_pass_on_event(real);
	}
	for (int i = 0; i < N_BUSY; i++) {
		snprintf(user, sizeof(user), "busy%d", i);
		busy_truth = real_stop(real, user, &busy[i]);
		real_pass_on_event(real);
		print_message("%s: %llu us in all\n", user, (unsigned long long)busy_truth);
	}
	server = real_start(real, "last", 30000000);
	truth[N_SHORT] = real_finish(real, "last", &server);
	real_pass_on_event(real);
	real_take_window(real);
	gained = real_slice_usec(real) - before;
	for (int i = 0; i < N_SHORT; i++) {
		snprintf(user, sizeof(user), "short%d", i);
		real_check(real, user, truth[i], 1, &max_error);
	}
	real_check(real, "last", truth[N_SHORT], 1, &max_error);
	print_message(
		"version %d: error at most %llu us; the slice gained %llu us, booked %llu us\n",
		is_v1 ? 1 : 2, (unsigned long long)max_error, (unsigned long long)gained,
		(unsigned long long)told_sum(&real->told));
	/* all that the slice gained, but for a part of a microsecond of each */
	assert_true(distance(gained, told_sum(&real->told)) <= real->told.n_rows);
	real_free(real, is_v1);
}

static void test_short_lives_version_2(void **state)
{
	(void)state;
	run_short_lives(false);
}

static void test_short_lives_version_1(void **state)
{
	(void)state;
	run_short_lives(true);
}

/* All of them between the same two passes: the sum is exact, and the split is said to be none. */
static void run_together(bool is_v1)
{
	struct real *real = real_new(is_v1);
	uint64_t truth = 0, before, sum;
	char user[32], path[400];

	if (!real)
		skip();
	real_make_unit(real, "first", path); /* from here on the slice is metered */
	assert_int_equal(meter_pass(real->meter), 0);
	before = real_slice_usec(real);
	for (int i = 0; i < N_TOGETHER; i++) {
		struct server another;

		snprintf(user, sizeof(user), "one%d", i);
		another = real_start(real, user, (i + 1) * 10000000LL);
		truth += real_finish(real, user, &another);
	}
	remove_directory(path);
	real_pass_on_event(real);
	real_take_window(real);
	sum = told_sum(&real->told);
	assert_int_equal(real->told.n_rows, N_TOGETHER + 1);
	for (size_t i = 0; i < real->told.n_rows; i++)
		assert_false(real->told.row[i].flags & HM_FLAG_RESIDUAL);
	assert_true(told_user(&real->told, "one4")->flags & HM_FLAG_RESIDUAL_SPLIT);
	assert_true(distance(sum, truth) <= TOLERANCE_USEC);
	/* of each a part of a microsecond */
	assert_true(distance(sum, real_slice_usec(real) - before) <= real->told.n_rows);
	real_free(real, is_v1);
}

static void test_together_version_2(void **state)
{
	(void)state;
	run_together(false);
}

static void test_together_version_1(void **state)
{
	(void)state;
	run_together(true);
}

/* No descriptor stays open of what is gone, and a directory that is removed while it is read does
 * not stop a pass. */
static void test_no_descriptor_leaks(void **state)
{
	struct real *real = real_new(false);
	size_t before;
	char path[400], user[32];

	(void)state;
	if (!real)
		skip();
	assert_int_equal(mkdir(real_unit_path(real, "stays", path), 0755), 0);
	assert_int_equal(meter_pass(real->meter), 0);
	assert_int_equal(meter_pass(real->meter), 0);
	before = open_descriptors(real);
	for (int i = 0; i < 50; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		assert_int_equal(mkdir(real_unit_path(real, user, path), 0755), 0);
		if (i % 2)
			assert_int_equal(meter_pass(real->meter), 0);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(meter_pass(real->meter), 0);
	assert_int_equal(open_descriptors(real), before);
	real_take_window(real);
	assert_int_equal(rmdir(real_unit_path(real, "stays", path)), 0);
	real_free(real, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_lives_version_2),
		cmocka_unit_test(test_short_lives_version_1),
		cmocka_unit_test(test_together_version_2),
		cmocka_unit_test(test_together_version_1),
		cmocka_unit_test(test_no_descriptor_leaks),
	};

	if (!real_can_run()) {
		(void)fprintf(stderr, "skipped: no cgroups can be made here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
