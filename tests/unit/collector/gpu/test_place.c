/* Where a process is, on a machine of files. */
#include "collector/gpu/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/cgroup/cgroup_tree.h"
#include "tests/unit/collector/fake_machine.h"

#define UID_DASHES	"11111111-1111-4111-8111-111111111111"
#define UID_UNDERSCORES "11111111_1111_4111_8111_111111111111"
#define POD		"kubepods-burstable-pod" UID_UNDERSCORES ".slice"

static uint64_t key_of(const char *path)
{
	return gpu_pod_key_of_path(path, strlen(path));
}

static void test_pod_of_a_path(void **state)
{
	static const char *const same[] = {POD, "/../../" POD,
		"/../../kubepods.slice/kubepods-burstable.slice/" POD "/cri-containerd-0.scope"};
	static const char *const none[] = {"", "/", "/..", "/system.slice/pod.service",
		"/../kubepods.slice/kubepods-burstable.slice", "/pod/" UID_DASHES,
		"/user.slice/pod0123456789abcdef0123456789abcde"};
	uint64_t other = key_of("/../kubepods/burstable/pod" UID_DASHES "/0");

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		assert_int_equal(key_of(same[i]), gpu_pod_key(POD, strlen(POD)));
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(key_of(none[i]), 0);
	assert_int_equal(other, gpu_pod_key("pod" UID_DASHES, strlen("pod" UID_DASHES)));
	assert_int_not_equal(other, key_of(same[0]));
}

static void test_process(void **state)
{
	struct fake_machine machine;
	struct gpu_place place;
	struct proc_dir proc;
	struct stat st;
	char root[96];

	(void)state;
	fake_machine_init(&machine);
	snprintf(root, sizeof(root), "%s/tree", machine.path);
	fake_mkdir(&machine, "tree");
	fake_mkdir(&machine, "tree/a.slice");
	snprintf(root, sizeof(root), "%s/tree/a.slice", machine.path);
	assert_int_equal(stat(root, &st), 0);
	snprintf(root, sizeof(root), "%s/tree", machine.path);
	fake_start(&machine, 7, 1, 0, "");
	assert_int_equal(proc_dir_open(machine.path, &proc), 0);
	assert_int_equal(gpu_place_read(&proc, root, 5, 8, &place), -ENOENT);
	fake_write_cgroup(&machine, 7, "/a.slice");
	assert_int_equal(gpu_place_read(&proc, root, 5, 7, &place), 0);
	assert_int_equal(place.start_ticks, machine.boottime_usec / FAKE_TICK_USEC);
	assert_int_equal(place.start_usec, 5 + machine.boottime_usec);
	assert_int_equal(place.cgroup, st.st_ino);
	assert_int_equal(place.cgroup_v1, 0);
	assert_int_equal(place.pod, 0);
	assert_int_equal(gpu_place_read(&proc, "", 5, 7, &place), 0);
	assert_int_equal(place.cgroup, 0);
	fake_write_cgroup(&machine, 7, "/../" POD "/cri.scope");
	assert_int_equal(gpu_place_read(&proc, root, 5, 7, &place), 0);
	assert_int_equal(place.cgroup, 0);
	assert_int_equal(place.pod, gpu_pod_key(POD, strlen(POD)));
	fake_write_cgroup(&machine, 7, "/../..\n4:cpu,cpuacct:/../" POD "/cri.scope");
	assert_int_equal(gpu_place_read(&proc, root, 5, 7, &place), 0);
	assert_int_equal(place.pod, gpu_pod_key(POD, strlen(POD)));
	proc_dir_close(&proc);
	assert_int_equal(rmdir(strcat(root, "/a.slice")), 0);
	*strrchr(root, '/') = '\0';
	assert_int_equal(rmdir(root), 0);
	fake_machine_release(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pod_of_a_path),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
