/* Trees and single cgroups, on directories that stand in for the kernel's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/cgroup/cgroup.h"
#include "tests/unit/collector/fake_cgroups.h"

static char root[64];

static void make(const char *path)
{
	char whole[300];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	assert_int_equal(mkdir(whole, 0700), 0);
}

static void put(const char *path, const char *name, const char *text)
{
	char whole[300];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	fake_put(whole, name, text);
}

static void take_away(const char *path)
{
	char whole[300];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	(void)nftw(whole, fake_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "%s/hubmeter-cgroup-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	take_away("");
	return 0;
}

static struct cgroup_tree find(enum cgroup_preference preference)
{
	struct cgroup_tree tree = CGROUP_TREE_INIT;

	assert_int_equal(cgroup_tree_find(&tree, root, preference), 0);
	return tree;
}

static void test_layouts(void **state)
{
	struct cgroup_tree tree = CGROUP_TREE_INIT;
	char path[100];

	(void)state;
	assert_int_equal(cgroup_tree_find(&tree, root, CGROUP_PREFER_V2), -ENOENT);
	make("cpu,cpuacct"); /* legacy, without memory so far */
	put("cpu,cpuacct", "cpuacct.usage", "5\n");
	tree = find(CGROUP_PREFER_V2);
	assert_true(tree.is_v1 && tree.is_memory_v1 && !tree.is_kernel);
	assert_int_equal(tree.memory_fd, -1);
	assert_true(cgroup_tree_key(&tree, 5) != 5);
	make("memory");
	put("memory", "memory.usage_in_bytes", "5\n");
	assert_int_equal(cgroup_tree_find(&tree, root, CGROUP_PREFER_V2), 0);
	assert_true(tree.memory_fd >= 0);
	cgroup_tree_close(&tree);
	make("unified"); /* hybrid */
	put("unified", "cgroup.controllers", "\n");
	tree = find(CGROUP_PREFER_V1);
	assert_true(tree.is_v1);
	cgroup_tree_close(&tree);
	tree = find(CGROUP_PREFER_V2);
	assert_true(!tree.is_v1 && tree.is_memory_v1 && tree.memory_fd >= 0);
	assert_int_equal(cgroup_tree_key(&tree, 5), 5);
	snprintf(path, sizeof(path), "%s/unified", root);
	assert_string_equal(tree.path, path);
	cgroup_tree_close(&tree);
	put("", "cgroup.controllers",
		"cpu memory\n"); /* unified: whoever has that has nothing else */
	tree = find(CGROUP_PREFER_V1);
	assert_true(!tree.is_v1 && !tree.is_memory_v1);
	cgroup_tree_close(&tree);
}

static void put_unified(const char *path, const char *usec)
{
	char text[64];

	make(path);
	snprintf(text, sizeof(text), "usage_usec %s\n", usec);
	put(path, "cpu.stat", text);
	put(path, "cgroup.events", "populated 1\nfrozen 0\n");
	put(path, "cgroup.procs", "");
}

/* A path that is made anew is another one, also where no descriptor is kept. */
static void test_gone(void **state)
{
	(void)state;
	put("", "cgroup.controllers", "\n");
	for (int keeps = 0; keeps < 2; keeps++) {
		struct cgroup_tree tree = find(CGROUP_PREFER_V2);
		struct cgroup cgroup = CGROUP_INIT;
		uint64_t nsec;

		if (!keeps)
			tree.max_open_fds = 0;
		put_unified("a", "12");
		assert_int_equal(cgroup_read_cpu(&cgroup, &tree, "a", &nsec), 0);
		assert_int_equal(nsec, 12000);
		assert_true(cgroup.inode != 0);
		assert_int_equal(tree.open_fds, keeps);
		put("a", "cpu.stat", "nr_periods 0\nusage_usec 13\n");
		assert_int_equal(cgroup_read_cpu(&cgroup, &tree, "a", &nsec), 0);
		assert_int_equal(nsec, 13000);
		take_away("a");
		assert_int_equal(cgroup_read_cpu(&cgroup, &tree, "a", &nsec), -ENOENT);
		put_unified("b", "1"); /* takes a number, so that a's is not used again */
		put_unified("a", "99");
		assert_int_equal(cgroup_read_cpu(&cgroup, &tree, "a", &nsec), -ENOENT);
		cgroup_close(&cgroup, &tree);
		assert_int_equal(tree.open_fds, 0);
		take_away("a");
		take_away("b");
		cgroup_tree_close(&tree);
	}
}

static void test_no_links_are_followed(void **state)
{
	struct cgroup_tree tree;
	struct cgroup cgroup = CGROUP_INIT;
	char path[100];
	uint64_t nsec;

	(void)state;
	put("", "cgroup.controllers", "\n");
	put_unified("a", "12");
	snprintf(path, sizeof(path), "%s/link", root);
	assert_int_equal(symlink("a", path), 0);
	tree = find(CGROUP_PREFER_V2);
	assert_true(cgroup_read_cpu(&cgroup, &tree, "link", &nsec) < 0);
	snprintf(path, sizeof(path), "%s/a/cpu.stat", root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("cgroup.events", path), 0);
	assert_true(cgroup_read_cpu(&cgroup, &tree, "a", &nsec) < 0);
	cgroup_close(&cgroup, &tree);
	cgroup_tree_close(&tree);
}

static void test_memory(void **state)
{
	struct cgroup_tree tree;
	struct cgroup cgroup = CGROUP_INIT;
	uint64_t bytes;

	(void)state;
	put("", "cgroup.controllers", "\n");
	put_unified("a", "12");
	tree = find(CGROUP_PREFER_V2);
	assert_int_equal(cgroup_read_memory(&cgroup, &tree, "a", &bytes), -ENODATA);
	put("a", "memory.current", "100\n");
	assert_int_equal(cgroup_read_memory(&cgroup, &tree, "a", &bytes), -ENODATA);
	put("a", "memory.stat", "inactive_file 30\n");
	assert_int_equal(cgroup_read_memory(&cgroup, &tree, "a", &bytes), 0);
	assert_int_equal(bytes, 70);
	put("a", "memory.current", "101\n");
	put("a", "memory.stat", "inactive_file 300\n"); /* read a moment later */
	assert_int_equal(cgroup_read_memory(&cgroup, &tree, "a", &bytes), 0);
	assert_int_equal(bytes, 0);
	cgroup_close(&cgroup, &tree);
	assert_int_equal(tree.open_fds, 0);
	cgroup_tree_close(&tree);
}

static uint64_t memory_of_a(struct cgroup *cgroup, struct cgroup_tree *tree)
{
	uint64_t bytes = 0;

	assert_int_equal(cgroup_read_memory(cgroup, tree, "a", &bytes), 0);
	return bytes;
}

/*
 * With as much in use as before, what is cache that nobody used lately stands for a few readings;
 * with a byte more or less it is read with it. The same whether descriptors are kept or not.
 */
static void test_cache_is_asked_for_seldom(void **state)
{
	(void)state;
	put("", "cgroup.controllers", "\n");
	put_unified("a", "12");
	for (int keeps = 0; keeps < 2; keeps++) {
		struct cgroup_tree tree = find(CGROUP_PREFER_V2);
		struct cgroup cgroup = CGROUP_INIT;

		if (!keeps)
			tree.max_open_fds = 0;
		put("a", "memory.current", "100\n");
		put("a", "memory.stat", "inactive_file 30\n");
		assert_int_equal(memory_of_a(&cgroup, &tree), 70);
		put("a", "memory.stat", "inactive_file 40\n");
		for (unsigned int i = 1; i < CGROUP_STAT_EVERY; i++)
			assert_int_equal(memory_of_a(&cgroup, &tree), 70);
		assert_int_equal(memory_of_a(&cgroup, &tree), 60);
		put("a", "memory.stat", "inactive_file 50\n");
		assert_int_equal(memory_of_a(&cgroup, &tree), 60);
		put("a", "memory.current", "101\n");
		assert_int_equal(memory_of_a(&cgroup, &tree), 51);
		put("a", "memory.stat", "\n"); /* what could not be read stands for nothing */
		put("a", "memory.current", "102\n");
		assert_int_equal(cgroup_read_memory(&cgroup, &tree, "a", &(uint64_t){0}), -EBADMSG);
		put("a", "memory.stat", "inactive_file 60\n");
		put("a", "memory.current", "101\n");
		assert_int_equal(memory_of_a(&cgroup, &tree), 41);
		cgroup_close(&cgroup, &tree);
		assert_int_equal(tree.open_fds, 0);
		cgroup_tree_close(&tree);
	}
}

static int count(void *context, const char *name, uint64_t inode)
{
	(void)name;
	assert_true(inode != 0);
	++*(int *)context;
	return 0;
}

static void test_what_is_below(void **state)
{
	struct cgroup_tree tree;
	struct cgroup cgroup = CGROUP_INIT;
	int n = 0;

	(void)state;
	put("", "cgroup.controllers", "\n");
	put_unified("a", "1");
	put_unified("a/b", "1");
	put_unified("a/b/c", "1");
	put_unified("a/d", "1");
	tree = find(CGROUP_PREFER_V2);
	assert_int_equal(cgroup_list(&cgroup, &tree, "a", count, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(cgroup_list_below(&cgroup, &tree, "a", count, &n), 0);
	assert_int_equal(n, 3);
	cgroup_close(&cgroup, &tree);
	cgroup_tree_close(&tree);
}

static void test_processes(void **state)
{
	struct cgroup_tree tree;
	struct cgroup cgroup = CGROUP_INIT;
	bool is_populated;
	int32_t pid;

	(void)state;
	make("cpuacct");
	put("cpuacct", "cpuacct.usage", "5\n");
	make("cpuacct/a");
	put("cpuacct/a", "cgroup.procs", "");
	make("cpuacct/a/b");
	put("cpuacct/a/b", "cgroup.procs", "");
	tree = find(CGROUP_PREFER_V1);
	assert_int_equal(cgroup_read_populated(&cgroup, &tree, "a", &is_populated), 0);
	assert_false(is_populated);
	assert_int_equal(cgroup_read_first_pid(&cgroup, &tree, "a", &pid), -ENODATA);
	put("cpuacct/a/b", "cgroup.procs", "2147483647\n12\n"); /* as with a child of crun's */
	assert_int_equal(cgroup_read_populated(&cgroup, &tree, "a", &is_populated), 0);
	assert_true(is_populated);
	assert_int_equal(cgroup_read_first_pid(&cgroup, &tree, "a", &pid), 0);
	assert_int_equal(pid, 2147483647);
	put("cpuacct/a", "cgroup.procs", "7\n");
	assert_int_equal(cgroup_read_first_pid(&cgroup, &tree, "a", &pid), 0);
	assert_int_equal(pid, 7);
	put("cpuacct/a", "cgroup.procs", "0\n"); /* of another pid namespace */
	assert_int_equal(cgroup_read_first_pid(&cgroup, &tree, "a", &pid), -ENODATA);
	assert_int_equal(cgroup_read_populated(&cgroup, &tree, "a", &is_populated), 0);
	assert_true(is_populated);
	put("cpuacct/a", "cgroup.procs", "x\n");
	assert_int_equal(cgroup_read_first_pid(&cgroup, &tree, "a", &pid), -EBADMSG);
	cgroup_close(&cgroup, &tree);
	cgroup_tree_close(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layouts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_links_are_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cache_is_asked_for_seldom, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_below, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_processes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
