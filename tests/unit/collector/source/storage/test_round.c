/* Roots as real trees; a quota of projects that stands in for the kernel's. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "collector/source/storage/round.h"
#include "tests/unit/collector/source/storage/tree.h"

#define FOUND_MAX 64

struct bench {
	struct tree tree;
	struct round *round;
	struct finding found[FOUND_MAX];
	size_t n;
};

static struct bench the_bench; /* what stands in for the kernel has no context */

static int set_up(void **state)
{
	the_bench = (struct bench){0};
	tree_init(&the_bench.tree);
	*state = &the_bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	round_free(bench->round);
	tree_release(&bench->tree);
	return 0;
}

static void look(
	struct bench *bench, const char *roots, const struct quota_reader *quota, uint32_t step)
{
	enum round_state at = ROUND_MORE;

	if (!bench->round)
		bench->round = round_new(roots, quota, 1);
	assert_non_null(bench->round);
	round_begin(bench->round);
	bench->n = 0;
	while (at != ROUND_OVER) {
		uint32_t budget = step;
		struct finding finding;

		at = round_step(bench->round, &budget, &finding);
		assert_true(at != ROUND_MORE || budget == 0);
		if (at == ROUND_FOUND)
			bench->found[bench->n++] = finding;
	}
	assert_int_equal(round_step(bench->round, &step, &bench->found[bench->n]), ROUND_OVER);
}

static const struct finding *find(const struct bench *bench, uint32_t root, const char *name)
{
	for (size_t i = 0; i < bench->n; i++)
		if (bench->found[i].root == root && strcmp(bench->found[i].name, name) == 0)
			return &bench->found[i];
	return NULL;
}

static uint64_t sum(const struct bench *bench)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < bench->n; i++)
		bytes += bench->found[i].bytes;
	return bytes;
}

/* Law: users + shared + what is beside them = blocks of the tree; in any steps the same. */
static void test_all_is_found_once(void **state)
{
	static const uint32_t steps[] = {1, 3, 50, UINT32_MAX};
	struct bench *bench = *state;
	uint64_t ada = 0;

	tree_mkdir(&bench->tree, "ada");
	tree_mkdir(&bench->tree, "bob");
	tree_mkdir(&bench->tree, "_shared");
	tree_grow(&bench->tree, "ada", 1, 200);
	tree_grow(&bench->tree, "bob", 2, 200);
	tree_grow(&bench->tree, "_shared", 3, 100);
	tree_write(&bench->tree, "aquota.user", 12345);
	tree_link(&bench->tree, "aquota.user", "_shared/aquota");
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		look(bench, bench->tree.path, NULL, steps[i]);
		assert_int_equal(bench->n, 4);
		assert_int_equal(sum(bench), du(bench->tree.path));
		assert_int_equal(bench->found[3].name[0], '\0');
		assert_int_equal(bench->found[3].n_directories, 3);
		assert_true(find(bench, 0, "ada")->is_measured);
		assert_false(find(bench, 0, "ada")->is_by_quota);
		assert_true(i == 0 || find(bench, 0, "ada")->bytes == ada);
		ada = find(bench, 0, "ada")->bytes;
	}
}

static void test_hard_links_over_two_roots(void **state)
{
	struct bench *bench = *state;
	char roots[256];

	tree_mkdir(&bench->tree, "r1");
	tree_mkdir(&bench->tree, "r2");
	tree_mkdir(&bench->tree, "r1/ada");
	tree_mkdir(&bench->tree, "r2/ada");
	tree_write(&bench->tree, "r1/ada/file", 100000);
	tree_link(&bench->tree, "r1/ada/file", "r2/ada/file");
	snprintf(roots, sizeof(roots), "%s/r1 %s/r2/", bench->tree.path, bench->tree.path);
	for (int i = 0; i < 2; i++) {
		look(bench, roots, NULL, 1);
		assert_int_equal(bench->n, 4);
		assert_true(find(bench, 0, "ada")->bytes > 100000);
		assert_true(find(bench, 1, "ada")->bytes < 100000);
	}
}

static void test_a_root_that_is_not_there(void **state)
{
	struct bench *bench = *state;
	char roots[256];

	tree_mkdir(&bench->tree, "home");
	tree_mkdir(&bench->tree, "home/ada");
	tree_write(&bench->tree, "file", 1);
	assert_int_equal(symlinkat("home", bench->tree.fd, "link"), 0);
	snprintf(roots, sizeof(roots), "%s/none %s/file %s/link", bench->tree.path,
		bench->tree.path, bench->tree.path);
	look(bench, roots, NULL, 100);
	assert_int_equal(bench->n, 4);
	assert_int_equal(find(bench, 0, "")->error, -ENOENT);
	assert_false(find(bench, 0, "")->is_measured);
	assert_int_equal(find(bench, 1, "")->error, -ENOTDIR);
	assert_int_equal(find(bench, 2, "")->error, 0); /* the site's own link */
	assert_true(find(bench, 2, "ada")->is_measured);
}

/* A user's directory that is a link to another's is no home. */
static void test_links_are_no_homes(void **state)
{
	struct bench *bench = *state;

	tree_mkdir(&bench->tree, "ada");
	tree_write(&bench->tree, "ada/file", 100000);
	assert_int_equal(symlinkat("ada", bench->tree.fd, "bob"), 0);
	look(bench, bench->tree.path, NULL, 1);
	assert_int_equal(bench->n, 2);
	assert_null(find(bench, 0, "bob"));
	assert_int_equal(sum(bench), du(bench->tree.path));
}

static void test_closed_home(void **state)
{
	struct bench *bench = *state;
	bool is_root = geteuid() == 0;

	tree_mkdir(&bench->tree, "ada");
	assert_int_equal(fchmodat(bench->tree.fd, "ada", 0, 0), 0);
	assert_int_equal(fchmod(bench->tree.fd, 0755), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	look(bench, bench->tree.path, NULL, 1);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(bench->tree.fd, "ada", 0700, 0), 0);
	assert_false(find(bench, 0, "ada")->is_measured);
	assert_int_equal(find(bench, 0, "ada")->error, -EACCES);
	assert_int_equal(find(bench, 0, "")->error, 0);
}

/* ------------------------------------------------------------------------ quota */

/* The project of a directory is told by how it may be entered: 07PP. */
static int fake_project(int fd, uint32_t *ret)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	if ((st.st_mode & 077) == 0)
		return -ENODATA;
	*ret = st.st_mode & 077;
	return 0;
}

static int quota_answer;

static int fake_usage(int fd, uint32_t project, uint64_t *ret)
{
	(void)fd;
	if (quota_answer < 0)
		return quota_answer;
	*ret = project * 1000000;
	return 0;
}

static const struct quota_reader fake_quota = {fake_project, fake_usage};

static void make_projects(const struct bench *bench)
{
	static const struct {
		const char *name;
		mode_t mode;
	} homes[] = {{"ada", 0701}, {"bob", 0702}, {"eve", 0703}, {"eva", 0703}, {"none", 0700}};

	for (size_t i = 0; i < sizeof(homes) / sizeof(*homes); i++) {
		tree_mkdir(&bench->tree, homes[i].name);
		assert_int_equal(fchmodat(bench->tree.fd, homes[i].name, homes[i].mode, 0), 0);
	}
}

static void test_projects(void **state)
{
	struct bench *bench = *state;

	quota_answer = 0;
	make_projects(bench);
	for (uint32_t step = 1; step < 20; step++) {
		look(bench, bench->tree.path, &fake_quota, step);
		assert_int_equal(bench->n, 6);
		assert_int_equal(find(bench, 0, "ada")->bytes, 1000000);
		assert_true(find(bench, 0, "ada")->is_by_quota);
		assert_true(find(bench, 0, "ada")->is_measured);
		assert_int_equal(find(bench, 0, "bob")->bytes, 2000000);
		/* one project of two: neither is asked for */
		assert_false(find(bench, 0, "eve")->is_by_quota);
		assert_true(find(bench, 0, "eve")->is_measured);
		assert_true(find(bench, 0, "eva")->bytes < 1000000);
		assert_false(find(bench, 0, "none")->is_by_quota);
		assert_true(find(bench, 0, "none")->is_measured);
		assert_int_equal(find(bench, 0, "")->quota_error, 0);
	}
}

static void test_quota_that_may_not_be_asked(void **state)
{
	struct bench *bench = *state;

	quota_answer = -EPERM;
	make_projects(bench);
	look(bench, bench->tree.path, &fake_quota, 2);
	assert_int_equal(bench->n, 6);
	assert_int_equal(sum(bench), du(bench->tree.path));
	assert_false(find(bench, 0, "ada")->is_by_quota);
	assert_int_equal(find(bench, 0, "")->quota_error, -EPERM);
}

/* ------------------------------------------------------------------------ real kernels */

/* 0: it was tried; 77: can't be; else the line that failed. */
static int try_mount_in_root(struct bench *bench)
{
	char path[128];

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	snprintf(path, sizeof(path), "%s/bob", bench->tree.path);
	if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
		return 77;
	look(bench, bench->tree.path, NULL, 1);
	return find(bench, 0, "ada") && !find(bench, 0, "ada")->is_hidden &&
			       find(bench, 0, "bob")->is_hidden &&
			       find(bench, 0, "bob")->error == -EXDEV &&
			       !find(bench, 0, "bob")->is_measured &&
			       find(bench, 0, "")->n_directories == 1
		       ? 0
		       : 1;
}

/* A loop device, a file system on it whose quota is on, and a project of our own. */
static int try_real_quota(struct bench *bench)
{
	char command[2048], image[128], home[128];
	const struct finding *ada;

	snprintf(image, sizeof(image), "%s/image", bench->tree.path);
	snprintf(home, sizeof(home), "%s/home", bench->tree.path);
	tree_mkdir(&bench->tree, "home");
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	snprintf(command, sizeof(command),
		"exec 2>/dev/null; truncate -s 64M %s && mkfs.ext4 -q -O quota,project -E "
		"quotatype=usrquota:prjquota %s && mount -o loop,prjquota %s %s && mkdir %s/ada "
		"%s/bob && chattr -p 1001 +P %s/ada && head -c 5000000 /dev/zero > %s/ada/file && "
		"head -c 3000000 /dev/zero > %s/bob/file && sync",
		image, image, image, home, home, home, home, home, home);
	if (system(command) != 0)
		return 77;
	look(bench, home, &quota_kernel, 1);
	ada = find(bench, 0, "ada");
	if (!ada->is_by_quota || ada->bytes != du(strcat(home, "/ada")))
		return 1;
	return !find(bench, 0, "bob")->is_by_quota && find(bench, 0, "bob")->bytes > 3000000 ? 0
											     : 2;
}

static void in_child(struct bench *bench, int (*try)(struct bench *bench))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try(bench));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: this takes root, and a kernel that can do it\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_what_is_mounted_in_a_root(void **state)
{
	struct bench *bench = *state;

	tree_mkdir(&bench->tree, "ada");
	tree_mkdir(&bench->tree, "bob");
	in_child(bench, try_mount_in_root);
}

static void test_quota_of_the_kernel(void **state)
{
	in_child(*state, try_real_quota);
}

/* Where no quota is, the kernel's answer is an error and no figure. */
static void test_kernel_without_quota(void **state)
{
	struct bench *bench = *state;
	uint64_t bytes = 1;

	tree_mkdir(&bench->tree, "ada");
	assert_true(quota_kernel.usage(bench->tree.fd, 0, &bytes) < 0);
	assert_int_equal(bytes, 1);
	look(bench, bench->tree.path, &quota_kernel, 1);
	assert_true(find(bench, 0, "")->quota_error < 0);
	assert_int_equal(sum(bench), du(bench->tree.path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_is_found_once),
		TEST(test_hard_links_over_two_roots),
		TEST(test_a_root_that_is_not_there),
		TEST(test_links_are_no_homes),
		TEST(test_closed_home),
		TEST(test_projects),
		TEST(test_quota_that_may_not_be_asked),
		TEST(test_what_is_mounted_in_a_root),
		TEST(test_quota_of_the_kernel),
		TEST(test_kernel_without_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
