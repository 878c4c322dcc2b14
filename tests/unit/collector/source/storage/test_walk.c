/* Real trees, and du(1)'s figure of them; what changes during a walk is changed between two steps.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "collector/source/storage/walk.h"
#include "tests/unit/collector/source/storage/tree.h"

#define FILE_SIZE 100000u /* more than any directory has */

struct bench {
	struct tree tree;
	struct walk *walk;
	struct id_set links;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	tree_init(&bench->tree);
	bench->walk = walk_new();
	assert_non_null(bench->walk);
	bench->links.seed = 1;
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	walk_free(bench->walk);
	id_set_clear(&bench->links);
	tree_release(&bench->tree);
	free(bench);
	return 0;
}

static void begin(struct bench *bench)
{
	int fd = open(bench->tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	id_set_clear(&bench->links);
	assert_int_equal(walk_begin(bench->walk, fd, &bench->links), 0);
}

/* To the end, in steps of @budget. */
static const struct walk_total *finish(struct bench *bench, uint32_t budget)
{
	for (;;) {
		uint32_t left = budget;

		if (walk_step(bench->walk, &left))
			return walk_total(bench->walk);
		assert_int_equal(left, 0);
	}
}

static uint64_t walk_all(struct bench *bench, uint32_t budget)
{
	const struct walk_total *total;

	begin(bench);
	total = finish(bench, budget);
	assert_int_equal(total->n_missed, 0);
	assert_int_equal(total->error, 0);
	return total->bytes;
}

static void walk_entries(struct bench *bench, uint32_t n)
{
	assert_false(walk_step(bench->walk, &n));
	assert_int_equal(n, 0);
}

static size_t open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Law: in however many steps, what du says. */
static void test_any_forest_in_any_steps(void **state)
{
	static const uint32_t budgets[] = {1, 2, 7, 64, UINT32_MAX};
	struct bench *bench = *state;

	for (unsigned int seed = 1; seed <= 12; seed++) {
		uint64_t all;

		tree_grow(&bench->tree, ".", seed, 300);
		all = du(bench->tree.path);
		assert_true(all > FILE_SIZE);
		for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++)
			assert_int_equal(walk_all(bench, budgets[i]), all);
		tree_empty(dup(bench->tree.fd));
		lseek(bench->tree.fd, 0, SEEK_SET);
	}
}

static void test_large_directory(void **state)
{
	struct bench *bench = *state;
	char name[32];

	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (i % 3)
			tree_write(&bench->tree, name, 1);
		else
			tree_mkdir(&bench->tree, name);
	}
	assert_int_equal(walk_all(bench, 10), du(bench->tree.path));
}

static void test_hard_links_count_once(void **state)
{
	struct bench *bench = *state;
	uint64_t one;

	tree_mkdir(&bench->tree, "a");
	tree_mkdir(&bench->tree, "b");
	tree_write(&bench->tree, "a/file", FILE_SIZE);
	one = walk_all(bench, UINT32_MAX);
	tree_link(&bench->tree, "a/file", "a/again");
	tree_link(&bench->tree, "a/file", "b/again");
	assert_int_equal(walk_all(bench, UINT32_MAX), one);
	assert_true(one > FILE_SIZE);
}

/* Without room for one more inode each name has its share, and together they have all of it. */
static void test_hard_links_without_room(void **state)
{
	struct bench *bench = *state;
	uint64_t one;

	tree_write(&bench->tree, "file", FILE_SIZE);
	tree_link(&bench->tree, "file", "again");
	one = walk_all(bench, UINT32_MAX);
	begin(bench);
	for (uint64_t id = 1; id <= ID_SET_MAX; id++)
		assert_true(id_set_add(&bench->links, id | 1ull << 63) == 1);
	assert_int_equal(finish(bench, UINT32_MAX)->bytes, one);
}

static void test_symbolic_links_lead_nowhere(void **state)
{
	struct bench *bench = *state;
	uint64_t before = walk_all(bench, UINT32_MAX);
	struct stat st;

	assert_int_equal(symlinkat("/usr", bench->tree.fd, "usr"), 0);
	assert_int_equal(symlinkat("/", bench->tree.fd, "root"), 0);
	assert_int_equal(symlinkat(".", bench->tree.fd, "self"), 0);
	assert_true(walk_open(bench->tree.fd, "self") < 0);
	assert_int_equal(fstatat(bench->tree.fd, "usr", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(
		walk_all(bench, UINT32_MAX) <= before + 3 * (uint64_t)st.st_blocks * 512 + 4096);
	tree_write(&bench->tree, "file", FILE_SIZE);
	assert_int_equal(symlinkat("file", bench->tree.fd, "alias"), 0);
	assert_int_equal(walk_all(bench, 1), du(bench->tree.path));
	assert_true(walk_all(bench, 1) < 2 * FILE_SIZE);
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = {
		"a\nb", "\xff\xfe", "-rf", " ", "\x1b[2J", "...", "..x"};
	struct bench *bench = *state;
	char longest[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		tree_mkdir(&bench->tree, names[i]);
		assert_true(snprintf(longest, sizeof(longest), "%s/file", names[i]) > 0);
		tree_write(&bench->tree, longest, FILE_SIZE);
	}
	memset(longest, 'x', 255);
	longest[255] = '\0';
	tree_write(&bench->tree, longest, FILE_SIZE);
	assert_int_equal(walk_all(bench, 1), du(bench->tree.path));
	assert_true(walk_all(bench, 1) > 8 * FILE_SIZE);
}

static uint64_t put_file(int fd)
{
	int file = openat(fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	assert_int_equal(write(file, "x", 1), 1);
	assert_int_equal(fstat(file, &st), 0);
	close(file);
	return (uint64_t)st.st_blocks * 512;
}

/* Directories in one another, @depth of them, each with a file if so wanted. */
static uint64_t dig(int fd, int depth, bool has_files, int *ret_bottom)
{
	uint64_t bytes = 0;
	struct stat st;

	fd = dup(fd);
	for (int i = 0; i < depth; i++) {
		int below;

		bytes += has_files ? put_file(fd) : 0;
		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		assert_int_equal(fstatat(fd, "d", &st, 0), 0);
		bytes += (uint64_t)st.st_blocks * 512;
		below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		close(fd);
		fd = below;
	}
	*ret_bottom = fd;
	return bytes;
}

/* The directory that is @levels above @fd, which it takes. */
static int climb(int fd, int levels)
{
	for (; levels > 0; levels--) {
		int above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(above >= 0);
		close(fd);
		fd = above;
	}
	return fd;
}

/* tree_empty() would need a descriptor for each level. */
static void fill_in(int bottom, int depth)
{
	for (; depth > 0; depth--) {
		int above = climb(dup(bottom), 1);

		assert_int_equal(unlinkat(above, "d", AT_REMOVEDIR), 0);
		(void)unlinkat(above, "file", 0); /* there may be none */
		close(bottom);
		bottom = above;
	}
	close(bottom);
}

static void test_deep(void **state)
{
	enum { DEPTH = 5000 };
	struct bench *bench = *state;
	size_t before = open_descriptors();
	uint64_t top = walk_all(bench, UINT32_MAX), below;
	const struct walk_total *total;
	struct stat st;
	int bottom;

	below = dig(bench->tree.fd, DEPTH, true, &bottom);
	assert_int_equal(fstat(bench->tree.fd, &st), 0);
	top = (uint64_t)st.st_blocks * 512;
	begin(bench);
	for (uint32_t budget = 1; !walk_step(bench->walk, &budget); budget = 1)
		assert_true(open_descriptors() <= before + 1 + WALK_OPEN);
	total = walk_total(bench->walk);
	assert_int_equal(total->n_missed, 0);
	assert_int_equal(total->bytes, top + below);
	fill_in(bottom, DEPTH);
	assert_int_equal(open_descriptors(), before);
}

static void test_deeper_than_that(void **state)
{
	enum { DEPTH = WALK_DEPTH_MAX + 5 };
	struct bench *bench = *state;
	const struct walk_total *total;
	int bottom;

	tree_write(&bench->tree, "beside", FILE_SIZE);
	dig(bench->tree.fd, DEPTH, false, &bottom);
	begin(bench);
	total = finish(bench, UINT32_MAX);
	assert_int_equal(total->n_missed, 1);
	assert_int_equal(total->error, -ENAMETOOLONG);
	assert_true(total->bytes > FILE_SIZE);
	fill_in(bottom, DEPTH);
}

/* How long the longest path is of what is open in the tree. */
static size_t deepest(const struct tree *tree)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	char path[4096];
	size_t longest = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, path, sizeof(path));

		if (n > (ssize_t)longest && memcmp(path, tree->path, strlen(tree->path)) == 0)
			longest = (size_t)n;
	}
	closedir(dir);
	return longest;
}

/* What is moved away while the walk is far below costs its branch at most, and is said. */
static void test_branch_moved_away(void **state)
{
	enum { DEPTH = 100, MOVED = 60, LOST = MOVED - WALK_PINNED, SIZE_MAX_OF_ONE = 4096 };
	struct bench *bench = *state;
	const struct walk_total *total;
	struct tree other;
	uint64_t all;
	int bottom, above;

	tree_init(&other);
	dig(bench->tree.fd, DEPTH, true, &bottom);
	all = du(bench->tree.path);
	begin(bench);
	close(bottom); /* or it were the deepest */
	do
		walk_entries(bench, 1);
	while (deepest(&bench->tree) < strlen(bench->tree.path) + (DEPTH - 10) * strlen("/d"));
	above = dup(bench->tree.fd);
	for (int i = 1; i < MOVED; i++) {
		int below = openat(above, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		close(above);
		above = below;
	}
	assert_int_equal(renameat(above, "d", other.fd, "d"), 0);
	total = finish(bench, UINT32_MAX);
	assert_int_equal(total->n_missed, 1);
	assert_int_equal(total->error, -ESTALE);
	assert_true(total->bytes <= all);
	assert_true(total->bytes + LOST * SIZE_MAX_OF_ONE >= all);
	close(above);
	tree_release(&other);
}

/* A directory with a file that is in the way of the walk is another one when its turn comes. */
static void test_directory_becomes_a_link(void **state)
{
	struct bench *bench = *state;
	char name[64];
	uint64_t before;

	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		tree_mkdir(&bench->tree, name);
	}
	before = walk_all(bench, UINT32_MAX);
	begin(bench);
	walk_entries(bench, 10);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		assert_int_equal(unlinkat(bench->tree.fd, name, AT_REMOVEDIR), 0);
		assert_int_equal(symlinkat("/usr", bench->tree.fd, name), 0);
	}
	assert_true(finish(bench, UINT32_MAX)->bytes <= before);
	assert_int_equal(walk_total(bench->walk)->n_missed, 0);
}

static void test_tree_goes_away(void **state)
{
	struct bench *bench = *state;

	tree_grow(&bench->tree, ".", 5, 200);
	begin(bench);
	walk_entries(bench, 20);
	tree_empty(dup(bench->tree.fd));
	lseek(bench->tree.fd, 0, SEEK_SET);
	assert_int_equal(finish(bench, UINT32_MAX)->n_missed, 0);
}

static void test_what_may_not_be_read_is_said(void **state)
{
	struct bench *bench = *state;
	const struct walk_total *total;
	uint64_t all;
	bool is_root = geteuid() == 0;

	tree_mkdir(&bench->tree, "closed");
	tree_write(&bench->tree, "closed/file", FILE_SIZE);
	tree_write(&bench->tree, "open", FILE_SIZE);
	all = du(bench->tree.path);
	assert_int_equal(fchmodat(bench->tree.fd, "closed", 0, 0), 0);
	assert_int_equal(fchmod(bench->tree.fd, 0755), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	begin(bench);
	total = finish(bench, UINT32_MAX);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(bench->tree.fd, "closed", 0700, 0), 0);
	assert_int_equal(total->n_missed, 1);
	assert_int_equal(total->error, -EACCES);
	assert_true(total->bytes + FILE_SIZE <= all && total->bytes > FILE_SIZE);
}

/* In a mount namespace of its own. */
static int walk_with_mounts(struct bench *bench, uint64_t before)
{
	char path[128], other[128];

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	snprintf(path, sizeof(path), "%s/mounted", bench->tree.path);
	snprintf(other, sizeof(other), "%s/bound", bench->tree.path);
	if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
		return 77;
	if (mount(bench->tree.path, other, "", MS_BIND, NULL) < 0)
		return 77;
	tree_write(&bench->tree, "mounted/file", FILE_SIZE);
	return walk_all(bench, 1) <= before && walk_all(bench, 1) + 8192 >= before ? 0 : 1;
}

static void test_mounts_are_not_crossed(void **state)
{
	struct bench *bench = *state;
	uint64_t before;
	int status;
	pid_t pid;

	tree_mkdir(&bench->tree, "mounted");
	tree_mkdir(&bench->tree, "bound");
	tree_write(&bench->tree, "file", FILE_SIZE);
	before = walk_all(bench, UINT32_MAX);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(walk_with_mounts(bench, before));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_nothing_is_open_behind_it(void **state)
{
	struct bench *bench = *state;
	size_t before = open_descriptors();

	tree_grow(&bench->tree, ".", 3, 200);
	walk_all(bench, UINT32_MAX);
	assert_int_equal(open_descriptors(), before);
	begin(bench);
	walk_entries(bench, 100);
	walk_end(bench->walk);
	assert_int_equal(open_descriptors(), before);
	begin(bench);
	walk_entries(bench, 100);
	begin(bench);
	finish(bench, UINT32_MAX);
	assert_int_equal(open_descriptors(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_any_forest_in_any_steps),
		TEST(test_large_directory),
		TEST(test_hard_links_count_once),
		TEST(test_hard_links_without_room),
		TEST(test_symbolic_links_lead_nowhere),
		TEST(test_hostile_names),
		TEST(test_deep),
		TEST(test_deeper_than_that),
		TEST(test_branch_moved_away),
		TEST(test_directory_becomes_a_link),
		TEST(test_tree_goes_away),
		TEST(test_what_may_not_be_read_is_said),
		TEST(test_mounts_are_not_crossed),
		TEST(test_nothing_is_open_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
