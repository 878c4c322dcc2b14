/*
 * Whose server a process may say that it is, on machines like those that there are. Cgroups are as
 * systemd and container runtimes make them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/process_source.h"
#include "collector/source/process/whose/ownership.h"
#include "tests/unit/collector/fake_machine.h"

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define URL	    "JUPYTERHUB_API_URL=http://h\n"
#define ADA	    URL "JUPYTERHUB_USER=ada\n"
#define BOB	    URL "JUPYTERHUB_USER=bob\n"
#define HUB_PID	    10
#define HUB_CGROUP  "/system.slice/jupyterhub.service"
#define CONTAINER_1 "/system.slice/docker-1111.scope"

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	struct hm_batch batch; /* the last one taken */
};

/* A hub that runs as @uid; 0: it can give every server an account. */
static void start_hub(struct bench *bench, uint32_t uid)
{
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, uid, "JUPYTERHUB_USER=\n");
	fake_write_cgroup(&bench->machine, HUB_PID, HUB_CGROUP);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	fake_machine_init(&bench->machine);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

static void pass(struct bench *bench)
{
	bench->machine.boottime_usec += 10000000;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
}

static void pass_and_take(struct bench *bench)
{
	pass(bench);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	meter_commit_window(bench->meter);
}

static struct fake_process *start(struct bench *bench, int32_t pid, int32_t parent, uint32_t uid,
	const char *environ, const char *cgroup)
{
	struct fake_process *process = fake_start(&bench->machine, pid, parent, uid, environ);

	fake_write_cgroup(&bench->machine, pid, cgroup);
	return process;
}

/* A process that used so many ticks of 10 ms. */
static void start_busy(struct bench *bench, int32_t pid, int32_t parent, uint32_t uid,
	const char *environ, const char *cgroup, uint64_t ticks)
{
	fake_burn(&bench->machine, start(bench, pid, parent, uid, environ, cgroup), ticks);
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

static uint64_t ticks_of(const struct bench *bench, const char *user)
{
	return sum_of(bench, user, HM_QUANTITY_CPU_USED_USEC) / 10000;
}

static uint64_t system_ticks(const struct bench *bench)
{
	return bench->batch.node_row.system[HM_RESOURCE_CPU_USEC] / 10000;
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

/* Ada's server runs under her account, and she would rather have others pay. */
static void start_with_ada(struct bench *bench)
{
	start_hub(bench, 0);
	pass(bench);
	start(bench, 20, HUB_PID, 1000, ADA, HUB_CGROUP);
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, 1);
	assert_int_equal(flags_of(bench, "ada") & HM_FLAG_UNPROVEN, 0);
}

static void test_another_users_name(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	start(bench, 21, HUB_PID, 1001, BOB, HUB_CGROUP);
	pass_and_take(bench);
	start_busy(bench, 30, 1, 1000, BOB "CPU_GUARANTEE=2\n", HUB_CGROUP, 300);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "ada"), 300);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(sum_of(bench, "bob", HM_QUANTITY_CPU_RESERVED_USEC), 0);
	assert_int_equal(bench->batch.n_rows, 2);
}

static void test_a_name_that_nobody_has(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	start_busy(bench, 30, 1, 1000, URL "JUPYTERHUB_USER=ghost\n", HUB_CGROUP, 300);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "ada"), 300);
	assert_int_equal(ticks_of(bench, "ghost"), 0);
	assert_int_equal(system_ticks(bench), 0);
}

/* A job of cron: root starts it, in cron's cgroup, with an environment that ada wrote. */
static void test_a_parent_that_is_root_and_no_hub(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	start(bench, 40, 1, 0, "", "/system.slice/cron.service");
	start_busy(bench, 41, 40, 1000, BOB, "/system.slice/cron.service", 200);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(ticks_of(bench, "ada"), 0);
	assert_int_equal(ticks_of(bench, ""), 200);
	assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
}

/* The same before she ever had a server: her account has a name, and bob has an account. */
static void test_accounts_have_names(void **state)
{
	struct bench *bench = *state;

	start_hub(bench, 0);
	fake_write_passwd(&bench->machine, "ada:x:1000:1000\nbob:x:1001:1001\n");
	start(bench, 40, 1, 0, "", "/system.slice/cron.service");
	pass(bench);
	start_busy(bench, 41, 40, 1000, BOB, "/system.slice/cron.service", 200);
	start_busy(bench, 42, 1, 1001, BOB, "/system.slice/sudospawner.service", 7);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 7); /* without a parent, by its account */
	assert_int_equal(ticks_of(bench, ""), 200);
	assert_int_equal(flags_of(bench, "bob") & HM_FLAG_UNPROVEN, 0);
}

/*
 * She had a job of cron say that her account is a ghost's before the hub ever started a server of
 * hers; or the account was renamed, or is another person's since. Its name in the list counts.
 */
static void test_the_name_of_an_account_beats_its_history(void **state)
{
	struct bench *bench = *state;

	start_hub(bench, 0);
	fake_write_passwd(&bench->machine, "ada:x:1000:1000\n");
	start(bench, 40, 1, 0, "", "/system.slice/cron.service");
	pass(bench);
	start(bench, 41, 40, 1000, URL "JUPYTERHUB_USER=ghost\n", "/system.slice/cron.service");
	pass_and_take(bench);
	start_busy(bench, 20, HUB_PID, 1000, ADA "CPU_GUARANTEE=1\n", HUB_CGROUP, 300);
	pass_and_take(bench);
	pass_and_take(bench);
	assert_int_equal(flags_of(bench, "ada") & HM_FLAG_UNPROVEN, 0);
	assert_int_equal(sum_of(bench, "ada", HM_QUANTITY_CPU_RESERVED_USEC), 10000000);
	start_busy(bench, 42, 40, 1000, BOB, "/x", 50);
	fake_write(&bench->machine, "1/root/etc/passwd", "eve:x:1000:1000\n", 16);
	start_busy(bench, 21, HUB_PID, 1000, URL "JUPYTERHUB_USER=eve\n", HUB_CGROUP, 20);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "eve"), 20);
	assert_int_equal(ticks_of(bench, ""), 50); /* from now on it is nobody else's */
}

/* Her session manager was there before her server, and it takes what it is told to. */
static void test_a_parent_of_the_same_account(void **state)
{
	struct bench *bench = *state;

	start_hub(bench, 0);
	start(bench, 15, 1, 1000, "", "/user.slice/user-1000.slice/init.scope");
	pass(bench);
	start(bench, 20, HUB_PID, 1000, ADA, HUB_CGROUP);
	pass_and_take(bench);
	start_busy(bench, 30, 15, 1000, BOB, "/user.slice/user-1000.slice/run-1.scope", 100);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(ticks_of(bench, ""), 100);
}

/* Her server ended, what it had left behind was never seen, and then it makes its claim. */
static void test_an_account_is_remembered(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	pass_and_take(bench);
	start(bench, 30, 1, 1000, "", "/user.slice/x");
	pass_and_take(bench);
	start_busy(bench, 31, 30, 1000, BOB, "/user.slice/x", 100);
	start_busy(bench, 32, 30, 1001, BOB, "/user.slice/x", 10); /* a user namespace of hers */
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(ticks_of(bench, ""), 110);
}

/*
 * Somebody without a server has numbers of his own in a user namespace. None of them is anybody's
 * account, and what is remembered of others' is not forgotten for it.
 */
static void test_a_user_namespace(void **state)
{
	struct bench *bench = *state;
	char environ[96];

	start_with_ada(bench);
	start(bench, 40, 1, 1007, "", "/user.slice/x");
	for (int32_t i = 0; i < 40; i++) {
		snprintf(environ, sizeof(environ), URL "JUPYTERHUB_USER=u%d\n", (int)i);
		start_busy(bench, 100 + i, 40, 100000 + (uint32_t)i, environ, "/user.slice/x", 1);
	}
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, ""), 40);
	assert_int_equal(ticks_of(bench, "u1"), 0);
}

/* Double fork and an empty environment: by the account, while its server lives. */
static void test_a_daemon_without_environment(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	start_busy(bench, 30, 1, 1000, "", HUB_CGROUP, 400);
	start_busy(bench, 31, 1, 1000, "", "/user.slice/ssh", 50); /* not out of her server */
	start_busy(bench, 32, 1, 1002, "", HUB_CGROUP, 5);
	start_busy(bench, 33, HUB_PID, 1000, "", HUB_CGROUP, 3); /* nobody adopted it */
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "ada"), 400);
	assert_true(flags_of(bench, "ada") & HM_FLAG_ORPHAN);
	assert_int_equal(system_ticks(bench), 58);
}

/* 420 names that somebody made up: their sum is kept, their number is not. */
static void test_a_crowd(void **state)
{
	struct bench *bench = *state;
	char environ[96];

	start_hub(bench, 0);
	pass(bench);
	for (int i = 0; i < 40; i++) {
		snprintf(environ, sizeof(environ), URL "JUPYTERHUB_USER=u%d\n", i);
		start_busy(bench, 100 + i, 1, 1000, environ, HUB_CGROUP, 1 + (uint64_t)i);
	}
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, CROWD_MAX);
	assert_int_equal(ticks_of(bench, ""), 40 * 41 / 2);
}

/* Containers: one uid for all, and a runtime's shim that is each one's parent. */
static void test_containers(void **state)
{
	struct bench *bench = *state;

	start_hub(bench, 0);
	fake_write_passwd(&bench->machine, "debian:x:1000:1000\n");
	start(bench, 50, 1, 0, "", "/system.slice/containerd.service");
	start(bench, 60, 1, 0, "", "/system.slice/containerd.service");
	pass(bench);
	start_busy(bench, 51, 50, 1000, ADA "CPU_GUARANTEE=1\n", CONTAINER_1, 10);
	start_busy(bench, 61, 60, 1000, BOB, "/system.slice/docker-2222.scope", 20);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "ada"), 10);
	assert_int_equal(ticks_of(bench, "bob"), 20);
	/* two execs and three probes of ada's, one of them as root */
	for (int i = 0; i < 5; i++)
		start_busy(bench, 70 + i, 50, 1000, ADA "CPU_GUARANTEE=1\n", CONTAINER_1, 2);
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, 2);
	assert_int_equal(ticks_of(bench, "ada"), 10);
	assert_int_equal(sum_of(bench, "ada", HM_QUANTITY_CPU_RESERVED_USEC), 10000000);
	assert_int_equal(flags_of(bench, "ada") & HM_FLAG_ORPHAN, 0);
}

/* The hub started ada's server again without a pause, in the same pass. */
static void test_the_next_server_of_a_name(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	start(bench, 21, HUB_PID, 1000, ADA "CPU_GUARANTEE=1\n", HUB_CGROUP);
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, 2);
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, 1);
	assert_int_equal(sum_of(bench, "ada", HM_QUANTITY_CPU_RESERVED_USEC), 10000000);
}

/* A hub of one account, started again beside a server of its predecessor: nobody can tell it from
 * something that this server started. */
static void one_account(struct bench *bench)
{
	start_hub(bench, 500);
	pass(bench);
	start(bench, 20, HUB_PID, 500, ADA, HUB_CGROUP);
	start(bench, 21, HUB_PID, 500, BOB, HUB_CGROUP);
	pass_and_take(bench);
	assert_int_equal(bench->batch.n_rows, 2);
	assert_int_equal(flags_of(bench, "ada") | flags_of(bench, "bob"), 0);
	fake_end(&bench->machine, fake_find(&bench->machine, HUB_PID), true);
	start(bench, 11, 1, 500, "JUPYTERHUB_USER=\n", HUB_CGROUP);
	pass_and_take(bench);
	start_busy(bench, 22, 11, 500, URL "JUPYTERHUB_USER=eve\nCPU_GUARANTEE=1\n", HUB_CGROUP, 9);
	pass_and_take(bench);
}

static void test_one_account_for_all(void **state)
{
	struct bench *bench = *state;

	one_account(bench);
	assert_int_equal(ticks_of(bench, "eve"), 0);
	assert_int_equal(ticks_of(bench, ""), 9);
	assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
	assert_int_equal(sum_of(bench, "", HM_QUANTITY_CPU_RESERVED_USEC), 0);
}

static void test_one_account_for_all_and_said_so(void **state)
{
	struct bench *bench = *state;

	bench->config.shared_account = true;
	one_account(bench);
	assert_int_equal(ticks_of(bench, "eve"), 9);
	assert_int_equal(flags_of(bench, "eve") & HM_FLAG_UNPROVEN, 0);
	assert_int_equal(sum_of(bench, "eve", HM_QUANTITY_CPU_RESERVED_USEC), 10000000);
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

/* Nothing of hers was running then. */
static void test_an_account_is_remembered_behind_a_restart(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	pass_and_take(bench);
	restart(bench);
	start(bench, 40, 1, 0, "", "/system.slice/cron.service");
	start_busy(bench, 41, 40, 1000, BOB, "/system.slice/cron.service", 200);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(ticks_of(bench, ""), 200);
}

/* Until the next boot: who renamed an account where no list says so is not stuck with it. */
static void test_an_account_is_forgotten_at_boot(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	pass_and_take(bench);
	fake_write_boot_id(&bench->machine, '7');
	restart(bench);
	pass_and_take(bench);
	start_busy(bench, 21, HUB_PID, 1000, BOB, HUB_CGROUP, 20);
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "bob"), 20);
}

/* What is proven, and what is not, is so behind a restart, too. */
static void test_restart(void **state)
{
	struct bench *bench = *state;

	start_with_ada(bench);
	start_busy(bench, 30, 1, 1001, BOB, HUB_CGROUP, 1);
	pass_and_take(bench);
	restart(bench);
	fake_burn(&bench->machine, fake_find(&bench->machine, 30), 8);
	start_busy(bench, 31, 1, 1000, BOB, HUB_CGROUP, 4); /* ada's account is still hers */
	pass_and_take(bench);
	assert_int_equal(ticks_of(bench, "ada"), 4);
	assert_int_equal(ticks_of(bench, "bob"), 0);
	assert_int_equal(ticks_of(bench, ""), 8);
	assert_true(flags_of(bench, "") & HM_FLAG_UNPROVEN);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_another_users_name),
		TEST(test_a_name_that_nobody_has),
		TEST(test_a_parent_that_is_root_and_no_hub),
		TEST(test_accounts_have_names),
		TEST(test_the_name_of_an_account_beats_its_history),
		TEST(test_a_parent_of_the_same_account),
		TEST(test_an_account_is_remembered),
		TEST(test_a_user_namespace),
		TEST(test_a_daemon_without_environment),
		TEST(test_a_crowd),
		TEST(test_containers),
		TEST(test_the_next_server_of_a_name),
		TEST(test_one_account_for_all),
		TEST(test_one_account_for_all_and_said_so),
		TEST(test_an_account_is_remembered_behind_a_restart),
		TEST(test_an_account_is_forgotten_at_boot),
		TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
