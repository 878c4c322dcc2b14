#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/slurm/job_environ.h"

#define PARSE(text, env) job_environ_parse(text, sizeof(text) - 1, env)

static void assert_text(const struct environ_text *text, const char *expected)
{
	assert_int_equal(text->size, strlen(expected));
	assert_memory_equal(text->data, expected, text->size);
}

/* As a batch job of 22.05 had it. */
static void test_job(void **state)
{
	struct job_environ env;

	(void)state;
	PARSE("SLURM_JOB_USER=root\0SLURM_JOB_ACCOUNT=chem\0SLURM_CPUS_ON_NODE=2\0"
	      "SLURM_JOB_ID=12\0SLURM_MEM_PER_NODE=300\0SLURM_JOB_PARTITION=normal\0",
		&env);
	assert_text(&env.job_id, "12");
	assert_text(&env.account, "chem");
	assert_int_equal(env.cpus, 2);
	assert_int_equal(env.bytes, 300 << 20);
	assert_false(server_environ_is_server(&env.server, ""));
}

static void test_memory_of_each_cpu(void **state)
{
	struct job_environ env;

	(void)state;
	PARSE("SLURM_JOB_ID=12\0SLURM_CPUS_ON_NODE=4\0SLURM_MEM_PER_CPU=100\0", &env);
	assert_int_equal(env.bytes, 400 << 20);
	PARSE("SLURM_CPUS_ON_NODE=4\0SLURM_MEM_PER_CPU=18446744073709551615\0", &env);
	assert_int_equal(env.bytes, 0);
	PARSE("SLURM_MEM_PER_NODE=18446744073709551615\0", &env);
	assert_int_equal(env.bytes, 0);
}

static void test_server_in_it(void **state)
{
	struct job_environ env;

	(void)state;
	PARSE("JUPYTERHUB_USER=ada\0SLURM_JOB_ID=1\0JUPYTERHUB_SERVER_NAME=big\0", &env);
	assert_true(server_environ_is_server(&env.server, ""));
	assert_text(&env.server.server, "big");
	assert_text(&env.account, "");
	assert_int_equal(env.cpus, 0);
	assert_int_equal(env.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_memory_of_each_cpu),
		cmocka_unit_test(test_server_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
