#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/slurm/job_path.h"

struct sample {
	const char *path, *name;
	enum job_path_kind kind;
};

static void test_kinds(void **state)
{
	static const struct sample samples[] = {
		{"", "system.slice", JOB_PATH_PLACE},
		{"", "slurm.slice", JOB_PATH_PLACE},
		{"", ".slice", JOB_PATH_OTHER},
		{"", "init.scope", JOB_PATH_OTHER},
		{"", "slurmstepd.scope", JOB_PATH_OTHER},
		{"", "slurm", JOB_PATH_PLACE},
		{"", "slurm_node1", JOB_PATH_PLACE},
		{"", "slurm_", JOB_PATH_OTHER},
		{"", "slurmd", JOB_PATH_OTHER},
		{"", "docker", JOB_PATH_OTHER},
		{"system.slice", "slurmstepd.scope", JOB_PATH_PLACE},
		{"system.slice", "node1_slurmstepd.scope", JOB_PATH_PLACE},
		{"system.slice", "xslurmstepd.scope", JOB_PATH_OTHER},
		{"system.slice", "_slurmstepd.scope", JOB_PATH_OTHER},
		{"system.slice", "slurmd.service", JOB_PATH_OTHER},
		{"system.slice", "job_1", JOB_PATH_OTHER},
		{"system.slice/slurmstepd.scope", "job_4242", JOB_PATH_JOB},
		{"system.slice/slurmstepd.scope", "sEKNKTV3WPV500", JOB_PATH_JOB},
		{"system.slice/slurmstepd.scope", "system", JOB_PATH_OTHER},
		{"system.slice/node1_slurmstepd.scope", "job_1", JOB_PATH_JOB},
		{"system.slice/slurmd.service", "job_1", JOB_PATH_OTHER},
		{"system.slice/slurmstepd.scope/job_1", "step_0", JOB_PATH_OTHER},
		{"slurm", "uid_1001", JOB_PATH_PLACE},
		{"slurm", "uid_", JOB_PATH_OTHER},
		{"slurm", "uid_x", JOB_PATH_OTHER},
		{"slurm", "system", JOB_PATH_OTHER},
		{"slurm/uid_1001", "job_4242", JOB_PATH_JOB},
		{"slurm_node1/uid_0", "job_1", JOB_PATH_JOB},
		{"slurm/uid_1001", "job_", JOB_PATH_OTHER},
		{"slurm/uid_1001", "job_1x", JOB_PATH_OTHER},
		{"docker/uid_1001", "job_1", JOB_PATH_OTHER},
		{"docker", "uid_1", JOB_PATH_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		if (job_path_kind(samples[i].path, samples[i].name) != samples[i].kind)
			fail_msg("%s / %s", samples[i].path, samples[i].name);
}

static void test_uid(void **state)
{
	uint32_t uid = 7;

	(void)state;
	assert_true(job_path_uid("slurm/uid_1001/job_4242", &uid));
	assert_int_equal(uid, 1001);
	assert_true(job_path_uid("slurm_node1/uid_4294967295/job_1", &uid));
	assert_int_equal(uid, 4294967295);
	assert_false(job_path_uid("slurm/uid_4294967296/job_1", &uid));
	assert_false(job_path_uid("system.slice/slurmstepd.scope/job_1", &uid));
	assert_false(job_path_uid("docker/uid_1001/job_1", &uid));
	assert_false(job_path_uid("slurm", &uid));
	assert_int_equal(uid, 4294967295);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
