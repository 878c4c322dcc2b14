/*
 * Servers that nobody vouches for, and a hub that is asked: a program answers for it with what
 * stands in files, a page each.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/hub.h"
#include "collector/source/process/ownership.h"
#include "collector/source/process/process_source.h"
#include "common/instant.h"
#include "tests/unit/collector/fake_machine.h"

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
static char hub_api_url[] = "https://hub/hub/api", token[] = "/token", none[] = "";
static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define URL    "JUPYTERHUB_API_URL=http://h\n"
#define BOB    URL "JUPYTERHUB_USER=bob\n"
#define SHARED 1000
#define SECOND 1000000LL
#define INIT   1

struct bench {
	struct fake_machine machine;
	char directory[64], program[96];
	struct config config;
	struct meter *meter;
	struct hm_batch batch; /* the last one taken */
	int64_t started_usec;  /* UTC: when the servers did */
};

static void put(struct bench *bench, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Answers with the file that is called like the page's first user, 0, 1, ... */
static void hub_answers(struct bench *bench, const char *script)
{
	char text[512];

	snprintf(text, sizeof(text),
		"#!/bin/sh\ncd %s\necho \"$*\" >> asked\nfor url; do :; done\n"
		"at=${url##*offset=}\nPAGE=${at%%%%&*}\n%s\n",
		bench->directory, script);
	unlink(bench->program);
	put(bench, "fetch", text, 0700);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	fake_machine_init(&bench->machine);
	snprintf(bench->directory, sizeof(bench->directory), "/tmp/hubmeter-hub-XXXXXX");
	assert_non_null(mkdtemp(bench->directory));
	snprintf(bench->program, sizeof(bench->program), "%s/fetch", bench->directory);
	hub_answers(bench, "cat \"$PAGE\"");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.hub_api_url = hub_api_url,
		.hub_api_token = token,
		.hub_api_ca = none,
		.kubelet_fetch = bench->program,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	fake_start(&bench->machine, INIT, 0, 0, "");
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"/fetch", "/asked", "/0", "/1", "/200", ""};
	struct bench *bench = *state;
	char path[128];

	meter_free(bench->meter);
	fake_machine_release(&bench->machine);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s%s", bench->directory, names[i]);
		(void)remove(path);
	}
	free(bench);
	return 0;
}

static void pass(struct bench *bench)
{
	bench->machine.boottime_usec += 10 * SECOND;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
}

static size_t times_asked(const struct bench *bench)
{
	char path[128], line[512];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/asked", bench->directory);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		n++;
	if (file)
		fclose(file);
	return n;
}

static bool is_asking(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* What is due is asked, and answered, page by page. */
static void answer_comes(struct bench *bench)
{
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};

	while (is_asking()) {
		assert_int_equal(poll(&pfd, 1, 30000), 1);
		(void)meter_on_event(bench->meter);
	}
}

static void hub_is_asked(struct bench *bench)
{
	pass(bench);
	answer_comes(bench);
}

static void take(struct bench *bench)
{
	pass(bench);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	meter_commit_window(bench->meter);
}

static uint64_t sum_of(const struct bench *bench, const char *user, enum hm_quantity quantity)
{
	const struct hm_batch *batch = &bench->batch;
	uint64_t sum = 0;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			sum += batch->quantity[quantity][i];
	return sum;
}

static uint32_t flags_of(const struct bench *bench, const char *user)
{
	const struct hm_batch *batch = &bench->batch;
	uint32_t flags = 0;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			flags |= batch->flags[i];
	return flags;
}

static bool has_user(const struct bench *bench, const char *user)
{
	const struct hm_batch *batch = &bench->batch;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			return true;
	return false;
}

#define PAGE_SIZE 512

/* The server as the hub has it, which says that it started it @early_usec earlier. Returns @page.
 */
static const char *page_of(const struct bench *bench, char page[PAGE_SIZE], const char *user,
	const char *name, int pid, int64_t early_usec)
{
	char started[INSTANT_SIZE];

	instant_format(bench->started_usec - early_usec, started);
	snprintf(page, PAGE_SIZE,
		"{\"items\":[{\"name\":\"%s\",\"servers\":{\"%s\":{\"name\":\"%s\",\"started\":"
		"\"%s\",\"stopped\":false,\"state\":{\"pid\":%d}}}}],\"_pagination\":{\"next\":%s}}",
		user, name, name, started, pid, "null");
	return page;
}

/* Bob's server, left by a hub that is gone: init is its parent now. It burns in each pass. */
static struct fake_process *start_orphan(struct bench *bench, const char *environ)
{
	pass(bench);
	bench->started_usec = clock_realtime_usec(&bench->machine.clock);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, INIT, SHARED, environ), 10);
	return fake_find(&bench->machine, 20);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_hub_says_so),
		TEST(test_another_answer_proves_nothing),
		TEST(test_the_account_speaks_against_it),
		TEST(test_what_started_since),
		TEST(test_what_has_ended),
		TEST(test_one_with_others_in_it),
		TEST(test_proven_ones_take_in_nobody),
		TEST(test_failures),
		TEST(test_in_vain_ever_less_often),
		TEST(test_pages),
		TEST(test_pages_without_an_end),
		TEST(test_the_request),
		TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
