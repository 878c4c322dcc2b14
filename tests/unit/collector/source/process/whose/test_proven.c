/* Servers that nobody vouches for, and what a hub says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/collector/source/process/whose/hub_bench.h"

static void test_the_hub_says_so(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server =
		start_orphan(bench, BOB "CPU_GUARANTEE=1\nHUBMETER_TAG=lab\n");
	char page[PAGE_SIZE];

	put(bench, "0", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
	take(bench);
	assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
	assert_int_equal(sum_of(bench, "", HM_QUANTITY_CPU_RESERVED_USEC), 0);
	assert_int_equal(times_asked(bench), 0);
	hub_is_asked(bench);
	assert_int_equal(times_asked(bench), 1);
	take(bench); /* of the window in which it was both */
	fake_burn(&bench->machine, server, 30);
	take(bench);
	assert_int_equal(bench->batch.n_rows, 1);
	assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_USED_USEC), 300000);
	assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_RESERVED_USEC), 10 * SECOND);
	assert_int_equal(flags_of(bench, "bob") & HM_FLAG_UNPROVEN, 0);
	assert_string_equal(bench->batch.strings[bench->batch.tag[0]], "lab");
	take(bench);
	assert_int_equal(times_asked(bench), 1); /* nothing is left to ask for */
}

/* What the hub must say of the process for its word to count. */
static void test_another_answer_proves_nothing(void **state)
{
	static const struct {
		const char *user, *name;
		int pid;
		int64_t early_usec;
	} cases[] = {
		{"ada", "", 20, SECOND / 2},
		{"bob", "other", 20, SECOND / 2},
		{"bob", "", 21, SECOND / 2},   /* who claims to be bob while bob's runs */
		{"bob", "", 20, 121 * SECOND}, /* its number was another's before */
		{"bob", "", 20, -2 * SECOND},  /* or is another's now */
		{"bob", "", 2, SECOND / 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bench *bench = *state;
		char page[PAGE_SIZE];

		start_orphan(bench, BOB);
		put(bench, "0",
			page_of(bench, page, cases[i].user, cases[i].name, cases[i].pid,
				cases[i].early_usec),
			0600);
		pass(bench);
		hub_is_asked(bench);
		assert_int_equal(times_asked(bench), 1);
		take(bench);
		take(bench);
		assert_false(has_user(bench, "bob"));
		assert_false(has_user(bench, "ada"));
		assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
		tear_down(state);
		set_up(state);
	}
}

static void test_the_account_speaks_against_it(void **state)
{
	struct bench *bench = *state;
	char page[PAGE_SIZE];

	fake_write_passwd(&bench->machine, "root:x:0:0::/:/bin/sh\nada:x:1000:1000::/:/bin/sh\n"
					   "bob:x:1001:1001::/:/bin/sh\n");
	start_orphan(bench, BOB);
	put(bench, "0", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
	pass(bench);
	hub_is_asked(bench);
	take(bench);
	take(bench);
	assert_true(times_asked(bench) > 0);
	assert_false(has_user(bench, "bob"));
}

/* The hub can't have meant it: it was asked before that was there. */
static void test_what_started_since(void **state)
{
	struct bench *bench = *state;
	char page[PAGE_SIZE];

	start_orphan(bench, URL "JUPYTERHUB_USER=nobody-knows\n");
	put(bench, "0", page_of(bench, page, "bob", "", 21, -20 * SECOND), 0600);
	pass(bench);
	pass(bench); /* it is asked now */
	fake_start(&bench->machine, 21, INIT, SHARED, BOB);
	take(bench);
	answer_comes(bench);
	take(bench);
	assert_false(has_user(bench, "bob"));
	while (times_asked(bench) == 1)
		hub_is_asked(bench);
	answer_comes(bench); /* asked by the pass before, perhaps */
	take(bench);
	take(bench);
	assert_true(has_user(bench, "bob"));
}

/* The process behind the number may be another one by now. */
static void test_what_has_ended(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server = start_orphan(bench, BOB);
	char page[PAGE_SIZE];

	put(bench, "0", page_of(bench, page, "bob", "", 20, 0), 0600);
	pass(bench);
	pass(bench);
	server->start_ticks++;
	fake_publish(&bench->machine);
	answer_comes(bench);
	take(bench);
	assert_int_equal(times_asked(bench), 1);
	assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
	assert_false(has_user(bench, "bob"));
}

static void test_failures(void **state)
{
	static const char *const scripts[] = {
		"exit 3", "cat \"$PAGE\"; exit 3", "head -c 40 $PAGE", "echo '[]'", "yes '{'"};
	struct bench *bench = *state;
	char page[PAGE_SIZE];

	start_orphan(bench, BOB);
	put(bench, "0", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
	pass(bench);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		hub_answers(bench, scripts[i]);
		while (times_asked(bench) == i)
			hub_is_asked(bench);
		take(bench);
		assert_false(has_user(bench, "bob"));
	}
	hub_answers(bench, "cat \"$PAGE\"");
	while (times_asked(bench) == sizeof(scripts) / sizeof(*scripts))
		hub_is_asked(bench);
	take(bench);
	take(bench);
	assert_true(has_user(bench, "bob"));
}

/* Who makes servers up does not keep the hub busy. */
static void test_in_vain_ever_less_often(void **state)
{
	struct bench *bench = *state;
	size_t first;

	start_orphan(bench, BOB);
	put(bench, "0", "{\"items\":[],\"_pagination\":{}}", 0600);
	for (int i = 0; i < 100; i++)
		hub_is_asked(bench);
	first = times_asked(bench);
	assert_in_range(first, 5, 10);
	for (int i = 0; i < 90; i++)
		hub_is_asked(bench);
	assert_in_range(times_asked(bench) - first, 2, 3);
}

static void test_pages(void **state)
{
	struct bench *bench = *state;
	char page[PAGE_SIZE];

	start_orphan(bench, BOB);
	put(bench, "0", "{\"items\":[],\"_pagination\":{\"next\":{\"offset\":200}}}", 0600);
	put(bench, "200", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
	pass(bench);
	hub_is_asked(bench);
	assert_int_equal(times_asked(bench), 2);
	take(bench);
	take(bench);
	assert_true(has_user(bench, "bob"));
}

/* A page that leads back is no page; nor are more than there may be. */
static void test_pages_without_an_end(void **state)
{
	struct bench *bench = *state;

	start_orphan(bench, BOB);
	hub_answers(bench, "echo '{\"items\":[],\"_pagination\":{\"next\":{\"offset\":1}}}'");
	pass(bench);
	hub_is_asked(bench);
	assert_int_equal(times_asked(bench), 2);
	hub_answers(bench, "echo '{\"items\":[],\"_pagination\":{\"next\":{\"offset\":'"
			   "$((PAGE + 1))'}}}'");
	while (times_asked(bench) == 2)
		hub_is_asked(bench);
	assert_int_equal(times_asked(bench), 2 + HUB_PAGES_MAX);
}

/* What the program is given. */
static void test_the_request(void **state)
{
	struct bench *bench = *state;
	char path[128], line[512];
	FILE *file;

	start_orphan(bench, BOB);
	pass(bench);
	hub_is_asked(bench);
	snprintf(path, sizeof(path), "%s/asked", bench->directory);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line,
		"--token-file /token --no-links --accept application/jupyterhub-pagination+json "
		"https://hub/hub/api/users?state=active&offset=0&limit=200\n");
}

static void restart(struct bench *bench)
{
	struct buffer saved = BUFFER_INIT(1 << 24);

	assert_int_equal(meter_save(bench->meter, &saved), 0);
	meter_free(bench->meter);
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	assert_int_equal(meter_restore(bench->meter, saved.data, saved.size), 0);
	buffer_release(&saved);
}

static void remember_because(void *context, const struct explained *explained)
{
	*(const char **)context = explained->because;
}

static void test_restart(void **state)
{
	struct bench *bench = *state;
	const char *because = NULL;
	char page[PAGE_SIZE];

	start_orphan(bench, BOB);
	put(bench, "0", page_of(bench, page, "bob", "", 20, SECOND / 2), 0600);
	pass(bench);
	restart(bench); /* asked for again */
	hub_is_asked(bench);
	hub_is_asked(bench);
	take(bench);
	restart(bench);
	take(bench);
	assert_int_equal(flags_of(bench, "bob") & HM_FLAG_UNPROVEN, 0);
	assert_true(has_user(bench, "bob"));
	meter_explain(bench->meter, remember_because, &because);
	assert_string_equal(because, "the hub says so");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_hub_says_so),
		TEST(test_another_answer_proves_nothing),
		TEST(test_the_account_speaks_against_it),
		TEST(test_what_started_since),
		TEST(test_what_has_ended),
		TEST(test_failures),
		TEST(test_in_vain_ever_less_often),
		TEST(test_pages),
		TEST(test_pages_without_an_end),
		TEST(test_the_request),
		TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
