/* What a hub says of servers that are counted with others: they are taken out of their row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/collector/source/process/whose/hub_bench.h"

/* What is in one row with others' must not become somebody's. */
static void test_one_with_others_in_it(void **state)
{
	struct bench *bench = *state;
	char page[PAGE_SIZE], environ[96];

	pass(bench);
	bench->started_usec = clock_realtime_usec(&bench->machine.clock);
	for (int i = 0; i < (int)CROWD_MAX + 2; i++) {
		snprintf(environ, sizeof(environ), URL "JUPYTERHUB_USER=u%d\n", i);
		fake_start(&bench->machine, 20 + i, INIT, SHARED, environ);
	}
	put(bench, "0", "{\"items\":[],\"_pagination\":{}}", 0600);
	pass(bench);
	take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX);
	/* all of them, if the hub says so, but for the one that took in the last two */
	for (int i = 0; i < (int)CROWD_MAX; i++) {
		snprintf(environ, sizeof(environ), "u%d", i);
		page_of(bench, page, environ, "", 20 + i, 0);
		put(bench, "0", page, 0600);
		for (size_t asked = times_asked(bench); times_asked(bench) == asked;)
			hub_is_asked(bench);
	}
	take(bench);
	take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX);
	for (size_t i = 0, unproven = 0; i < bench->batch.n_rows; i++) {
		unproven += bench->batch.flags[i] & HM_FLAG_UNPROVEN ? 1 : 0;
		if (i + 1 == bench->batch.n_rows)
			assert_int_equal(unproven, 1);
	}
}

/* Those that the hub spoke for are people's own: one who is nobody's is in none of them. */
static void test_proven_ones_take_in_nobody(void **state)
{
	struct bench *bench = *state;
	char page[PAGE_SIZE], user[16], environ[96];

	for (int i = 0; i < (int)CROWD_MAX; i++) {
		pass(bench);
		bench->started_usec = clock_realtime_usec(&bench->machine.clock);
		snprintf(user, sizeof(user), "u%d", i);
		snprintf(environ, sizeof(environ), URL "JUPYTERHUB_USER=%s\n", user);
		fake_start(&bench->machine, 20 + i, INIT, SHARED, environ);
		put(bench, "0", page_of(bench, page, user, "", 20 + i, 0), 0600);
		for (size_t asked = times_asked(bench); times_asked(bench) == asked;)
			hub_is_asked(bench);
	}
	take(bench);
	fake_burn(&bench->machine, fake_start(&bench->machine, 60, INIT, SHARED, BOB), 10);
	take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX + 1);
	assert_int_equal(sum_of(bench, "", HM_QUANTITY_CPU_USED_USEC), 100000);
}

static void start_crowd(struct bench *bench, int n)
{
	char environ[96];

	pass(bench);
	bench->started_usec = clock_realtime_usec(&bench->machine.clock);
	for (int i = 0; i < n; i++) {
		snprintf(environ, sizeof(environ), URL "JUPYTERHUB_USER=u%d\n", i);
		fake_start(&bench->machine, 20 + i, INIT, SHARED, environ);
	}
}

/* Whoever makes up as many as are counted has not hidden the next ones: the hub names them. */
static void test_out_of_a_crowd(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server, *kernel;
	char page[PAGE_SIZE];

	start_crowd(bench, (int)CROWD_MAX);
	pass(bench);
	bench->started_usec = clock_realtime_usec(&bench->machine.clock);
	server = fake_start(&bench->machine, 50, INIT, SHARED, BOB "CPU_GUARANTEE=1\n");
	kernel = fake_start(&bench->machine, 51, 50, SHARED, BOB);
	fake_burn(&bench->machine, server, 1);
	fake_start(&bench->machine, 52, INIT, SHARED, URL "JUPYTERHUB_USER=eve\n");
	put(bench, "0", page_of(bench, page, "bob", "", 50, 0), 0600);
	take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX);
	assert_false(has_user(bench, "bob"));
	while (times_asked(bench) < 2)
		hub_is_asked(bench);
	take(bench);
	fake_burn(&bench->machine, server, 5);
	fake_burn(&bench->machine, kernel, 7);
	fake_burn(&bench->machine, fake_find(&bench->machine, 52), 9);
	take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX + 1);
	assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_USED_USEC), 120000);
	assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_RESERVED_USEC), 10 * SECOND);
	assert_int_equal(flags_of(bench, "bob") & (HM_FLAG_UNPROVEN | HM_FLAG_ORPHAN), 0);
	assert_int_equal(sum_of(bench, "", HM_QUANTITY_CPU_USED_USEC), 90000);
}

/* He claimed it before his server did, which counted as what that one left behind. */
static void test_out_of_an_older_claim(void **state)
{
	for (int has_ended = 0; has_ended < 2; has_ended++) {
		struct bench *bench = *state;
		struct fake_process *server, *other;
		char page[PAGE_SIZE];

		pass(bench);
		other = fake_start(&bench->machine, 19, INIT, SHARED, BOB);
		server = start_orphan(bench, BOB);
		put(bench, "0", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
		pass(bench);
		if (has_ended)
			fake_end(&bench->machine, other, true);
		hub_is_asked(bench);
		hub_is_asked(bench);
		take(bench);
		fake_burn(&bench->machine, server, 5);
		take(bench);
		assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_USED_USEC), 50000);
		assert_int_equal(has_user(bench, ""), !has_ended);
		tear_down(state);
		set_up(state);
	}
}

/* What the hub's word must fit for one to be taken out. */
static void test_what_stays_in_a_crowd(void **state)
{
	static const struct {
		const char *user, *name;
		int pid;
		int64_t early_usec;
	} cases[] = {
		{"ada", "", 50, 0}, {"bob", "other", 50, 0}, {"bob", "", 50, 121 * SECOND},
		{"bob", "", 50, -2 * SECOND}, {"bob", "", 51, 0}, /* it is in the tree of 50 */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bench *bench = *state;
		char page[PAGE_SIZE];

		start_crowd(bench, (int)CROWD_MAX);
		pass(bench);
		bench->started_usec = clock_realtime_usec(&bench->machine.clock);
		fake_start(&bench->machine, 50, INIT, SHARED, BOB);
		fake_start(&bench->machine, 51, 50, SHARED, BOB);
		put(bench, "0",
			page_of(bench, page, cases[i].user, cases[i].name, cases[i].pid,
				cases[i].early_usec),
			0600);
		while (times_asked(bench) < 2)
			hub_is_asked(bench);
		take(bench);
		take(bench);
		assert_int_equal(bench->batch.n_rows, CROWD_MAX);
		assert_false(has_user(bench, "bob"));
		assert_false(has_user(bench, "ada"));
		tear_down(state);
		set_up(state);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_one_with_others_in_it),
		TEST(test_proven_ones_take_in_nobody),
		TEST(test_out_of_a_crowd),
		TEST(test_out_of_an_older_claim),
		TEST(test_what_stays_in_a_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
