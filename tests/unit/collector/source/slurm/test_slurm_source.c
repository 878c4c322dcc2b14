/* Whole nodes with jobs, in each layout of cgroups and of Slurm's names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/process/process_source.h"
#include "collector/source/slurm/slurm_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define SCOPE  "system.slice/slurmstepd.scope"
#define ADA    1001
#define BOB    1002
#define JOB_ENV                                                                                    \
	"SLURM_JOB_ID=4242\nSLURM_JOB_ACCOUNT=chem\nSLURM_CPUS_ON_NODE=2\n"                        \
	"SLURM_MEM_PER_NODE=512\nSLURM_JOB_USER=eve\n"

static const struct source_ops *const only_slurm[] = {&slurm_source_ops, NULL};

static struct fake_node *new_node(enum fake_layout layout)
{
	struct fake_node *node = fake_node_new(layout, only_slurm);

	fake_start(&node->machine, 1, 0, 0, "");
	fake_write_passwd(&node->machine, "root:x:0:0::/root:/bin/sh\n"
					  "ada:x:1001:100::/home/ada:/bin/sh\n"
					  "bob:x:1002:100::/home/bob:/bin/sh\n");
	return node;
}

static void make(struct fake_node *node, const char *directory, const char *name, int32_t pid)
{
	char path[300];

	assert_true(snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path));
	fake_make_cgroup(node, path, pid);
}

/* @pid is the task's, @pid + 1 slurmstepd's. */
static void make_job_v2(struct fake_node *node, const char *job, int32_t pid)
{
	fake_make_cgroup(node, job, 0);
	make(node, job, "step_batch", 0);
	make(node, job, "step_batch/slurm", pid + 1);
	make(node, job, "step_batch/user", 0);
	make(node, job, "step_batch/user/task_0", pid);
	fake_populate(node, job, 0);
}

static void populate(struct fake_node *node, const char *path)
{
	char directory[600];

	if (node->layout != FAKE_LEGACY)
		fake_put(fake_directory(node, path, false, directory), "cgroup.events",
			"populated 1\nfrozen 0\n");
}

static void make_job_v1(struct fake_node *node, const char *job, int32_t pid)
{
	fake_make_cgroup(node, job, 0);
	make(node, job, "step_batch", pid + 1);
	make(node, job, "step_batch/task_0", pid);
}

static void make_places(struct fake_node *node)
{
	if (node->layout == FAKE_LEGACY) {
		fake_make_cgroup(node, "slurm", 0);
		fake_make_cgroup(node, "slurm/uid_1001", 0);
		return;
	}
	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, SCOPE, 0);
	fake_make_cgroup(node, SCOPE "/system", 90);
}

static void make_job(struct fake_node *node, const char *job, int32_t pid)
{
	if (node->layout == FAKE_UNIFIED)
		make_job_v2(node, job, pid);
	else
		make_job_v1(node, job, pid);
	populate(node, job);
}

static struct fake_process *start(
	struct fake_node *node, int32_t pid, uint32_t uid, const char *environ)
{
	if (!fake_find(&node->machine, pid + 1))
		fake_start(&node->machine, pid + 1, 1, 0, "SLURMD_NODENAME=n1");
	return fake_start(&node->machine, pid, pid + 1, uid, environ);
}

/* Remove what is below first, as slurmstepd does it. */
static void remove_job(struct fake_node *node, const char *job)
{
	size_t size = strlen(job);

	fake_remove_cgroup(node, job);
	for (size_t i = 0; i < FAKE_CGROUPS; i++)
		if (strncmp(node->cgroup[i].path, job, size) == 0)
			node->cgroup[i].path[0] = '\0';
}

static void for_each_layout(void (*run)(struct fake_node *node, const char *job))
{
	static const char *const jobs[] = {
		SCOPE "/job_4242", SCOPE "/sEKNKTV3WPV500", "slurm/uid_1001/job_4242"};

	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
		struct fake_node *node =
			new_node(strncmp(jobs[i], "slurm/", 6) == 0 ? FAKE_LEGACY : FAKE_UNIFIED);

		make_places(node);
		run(node, jobs[i]);
		fake_node_free(node);
	}
}

static void lives_and_ends(struct fake_node *node, const char *job)
{
	const struct told_row *ada;

	fake_pass(node, 0);
	start(node, 50, ADA, JOB_ENV);
	make_job(node, job, 50);
	fake_use_cpu(node, job, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, job, 500000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, job, 30000);
	remove_job(node, job);
	fake_pass(node, 1 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	ada = fake_user(node, "ada");
	assert_non_null(ada);
	assert_int_equal(ada->cpu_usec, 1530000);
	assert_int_equal(ada->flags, HM_FLAG_FINAL | HM_FLAG_RESIDUAL);
	assert_int_equal(ada->kind, HM_WORKLOAD_KIND_CGROUP);
	assert_string_equal(ada->server, "");
	assert_string_equal(ada->tag, "chem");
	assert_true(ada->cpu_reserved_usec >= 20000000);
	assert_true(ada->memory_reserved_mib_sec >= 5120);
	assert_int_equal(node->told.system_usec, 0);
}

static void test_lives_and_ends(void **state)
{
	(void)state;
	for_each_layout(lives_and_ends);
}

/* What JUPYTERHUB_USER says is not believed; the server's name is. */
static void has_a_server(struct fake_node *node, const char *job)
{
	const struct told_row *ada;

	start(node, 50, ADA,
		JOB_ENV "JUPYTERHUB_USER=bob\nJUPYTERHUB_SERVER_NAME=big\nHUBMETER_TAG=course\n");
	make_job(node, job, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, job, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_non_null(ada);
	assert_string_equal(ada->server, "big");
	assert_string_equal(ada->tag, "course");
	assert_int_equal(node->told.n_rows, 1);
}

static void test_server_in_a_job(void **state)
{
	(void)state;
	for_each_layout(has_a_server);
}

/* The same number, another cgroup: another workload, also within one pass. */
static void is_requeued(struct fake_node *node, const char *job)
{
	size_t n_over = 0;

	start(node, 50, ADA, JOB_ENV);
	make_job(node, job, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, job, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, job, 70000);
	remove_job(node, job);
	make_job(node, job, 50);
	fake_use_cpu(node, job, 300000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, job, 200000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	for (size_t i = 0; i < 2; i++) {
		bool is_over = node->told.row[i].flags & HM_FLAG_FINAL;

		n_over += is_over;
		assert_int_equal(node->told.row[i].cpu_usec, is_over ? 1070000 : 500000);
		assert_string_equal(node->told.row[i].user, "ada");
	}
	assert_int_equal(n_over, 1);
}

static void test_requeued(void **state)
{
	(void)state;
	for_each_layout(is_requeued);
}

/* A task is root's until it is started; nobody is root for that. */
static void test_just_made(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);
	struct fake_process *task;

	(void)state;
	make_places(node);
	task = start(node, 50, 0, "SLURMD_NODENAME=n1");
	make_job(node, SCOPE "/job_1", 50);
	fake_pass(node, 0);
	fake_use_cpu(node, SCOPE "/job_1", 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_string_equal(node->told.row[0].user, "");
	fake_remove(&node->machine, task);
	start(node, 50, ADA, JOB_ENV);
	fake_use_cpu(node, SCOPE "/job_1", 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].user, "ada");
	assert_int_equal(node->told.row[0].cpu_usec, 200000);
	fake_node_free(node);
}

/* A task of root's beside the user's, and a promise of more than there is. */
static void has_more_steps(struct fake_node *node, const char *job)
{
	const char *task = node->layout == FAKE_LEGACY ? "step_0/task_0" : "step_0/user";
	const struct told_row *ada;

	fake_start(&node->machine, 70, 1, 0, "PATH=/bin");
	start(node, 50, ADA,
		"SLURM_JOB_ID=1\nSLURM_JOB_ACCOUNT=bio\nSLURM_CPUS_ON_NODE=64\n"
		"JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=big\n");
	make_job(node, job, 50);
	make(node, job, "step_0", 70);
	make(node, job, task, 70);
	make(node, job, "step_1", 0);
	fake_pass(node, 0);
	fake_use_cpu(node, job, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	ada = fake_user(node, "ada");
	assert_non_null(ada);
	assert_string_equal(ada->tag, "bio"); /* the server has none of its own */
	assert_string_equal(ada->server, "big");
	assert_int_equal(ada->cpu_reserved_usec, 20000000);
}

static void test_more_steps(void **state)
{
	(void)state;
	for_each_layout(has_more_steps);
}

/* root has jobs too. */
static void test_a_job_of_root(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);

	(void)state;
	make_places(node);
	start(node, 50, 0, JOB_ENV);
	make_job(node, SCOPE "/job_1", 50);
	fake_pass(node, 0);
	fake_use_cpu(node, SCOPE "/job_1", 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_string_equal(node->told.row[0].user, "root");
	fake_node_free(node);
}

/* An account that the file does not have is its number, after a while. */
static void test_account_without_a_name(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);

	(void)state;
	make_places(node);
	start(node, 50, 70000, JOB_ENV);
	make_job(node, SCOPE "/job_1", 50);
	fake_pass(node, 0);
	for (int i = 0; i < 29; i++)
		fake_pass(node, SECOND);
	fake_use_cpu(node, SCOPE "/job_1", 100000);
	fake_take_window(node);
	assert_string_equal(node->told.row[0].user, "");
	for (int i = 0; i < 3; i++)
		fake_pass(node, SECOND);
	fake_take_window(node);
	assert_string_equal(node->told.row[0].user, "70000");
	assert_string_equal(node->told.row[0].tag, "chem");
	fake_node_free(node);
}

/* What can't be read leaves the account, which is enough. */
static void test_hidden_environment(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);

	(void)state;
	make_places(node);
	start(node, 50, BOB, "PATH=/bin");
	make_job(node, SCOPE "/job_1", 50);
	fake_pass(node, 0);
	fake_use_cpu(node, SCOPE "/job_1", 100000);
	fake_pass(node, SECOND);
	fake_take_window(node);
	assert_string_equal(node->told.row[0].user, "bob");
	assert_string_equal(node->told.row[0].tag, "");
	fake_node_free(node);
}

/* Two users at once; what Slurm does for itself is the system's, what it does for a job is not. */
static void test_conservation(void **state)
{
	struct fake_node *node = new_node(FAKE_UNIFIED);

	(void)state;
	make_places(node);
	start(node, 50, ADA, JOB_ENV);
	start(node, 60, BOB, JOB_ENV);
	make_job(node, SCOPE "/job_1", 50);
	make_job(node, SCOPE "/job_2", 60);
	fake_pass(node, 0);
	fake_use_cpu(node, SCOPE "/job_1/step_batch/user/task_0", 100000);
	fake_use_cpu(node, SCOPE "/job_1/step_batch/slurm", 20000);
	fake_use_cpu(node, SCOPE "/job_2", 300000);
	fake_use_cpu(node, SCOPE "/system", 50000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 120000);
	assert_int_equal(fake_user(node, "bob")->cpu_usec, 300000);
	assert_int_equal(node->told.system_usec, 50000);
	fake_node_free(node);
}

/* One that lived and died between two passes: version 1 has the account in the path. */
static void test_unseen(void **state)
{
	struct fake_node *node = new_node(FAKE_LEGACY);

	(void)state;
	make_places(node);
	start(node, 50, ADA, JOB_ENV);
	make_job(node, "slurm/uid_1001/job_6", 50);
	fake_pass(node, 0);
	make_job(node, "slurm/uid_1001/job_7", 50);
	fake_use_cpu(node, "slurm/uid_1001/job_7", 400000);
	remove_job(node, "slurm/uid_1001/job_7");
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	assert_int_equal(node->told.row[0].cpu_usec + node->told.row[1].cpu_usec, 400000);
	assert_string_equal(node->told.row[0].user, "ada");
	assert_string_equal(node->told.row[1].user, "ada");
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

/* The same server as a process: metered by the job's cgroup, once. */
static void test_process_source_leaves_it_alone(void **state)
{
	static const struct source_ops *const both[] = {
		&process_source_ops, &slurm_source_ops, NULL};
	struct fake_node *node = new_node(FAKE_UNIFIED);
	struct fake_process *task;

	(void)state;
	meter_free(node->meter);
	node->sources = both;
	fake_open_meter(node);
	make_places(node);
	task = start(node, 50, ADA, JOB_ENV "JUPYTERHUB_USER=ada\n");
	fake_write_cgroup(&node->machine, 50, "/" SCOPE "/job_1/step_batch/user/task_0");
	make_job(node, SCOPE "/job_1", 50);
	fake_pass(node, 0);
	fake_use_cpu(node, SCOPE "/job_1/step_batch/user/task_0", 100000);
	task->self_ticks += 10;
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 100000);
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

static void goes_on_behind_a_restart(struct fake_node *node, const char *job)
{
	start(node, 50, ADA, JOB_ENV);
	make_job(node, job, 50);
	fake_pass(node, 0);
	fake_use_cpu(node, job, 1000000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	fake_use_cpu(node, job, 500000);
	fake_restart(node);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(fake_user(node, "ada")->cpu_usec, 1500000);
}

static void test_restart(void **state)
{
	(void)state;
	for_each_layout(goes_on_behind_a_restart);
}

static void test_switched_off(void **state)
{
	static char none[] = "";
	struct source_context context = {0};
	struct fake_node *node = new_node(FAKE_UNIFIED);
	void *source;

	(void)state;
	context.config = &node->config;
	node->config.slurm_accounts = none;
	assert_int_equal(slurm_source_ops.init(&context, &source), -ENOENT);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_and_ends),
		cmocka_unit_test(test_server_in_a_job),
		cmocka_unit_test(test_requeued),
		cmocka_unit_test(test_just_made),
		cmocka_unit_test(test_more_steps),
		cmocka_unit_test(test_a_job_of_root),
		cmocka_unit_test(test_account_without_a_name),
		cmocka_unit_test(test_hidden_environment),
		cmocka_unit_test(test_conservation),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_process_source_leaves_it_alone),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
