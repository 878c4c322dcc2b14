/* A directory that follows another one: what is kept, what is made anew, what is refused. */
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

#include "collector/replay/tree.h"

struct bench {
	char path[64];
	int all, from, to;
};

static int open_directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->path, "/tmp/tree-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	bench->all = open_directory(AT_FDCWD, bench->path);
	assert_int_equal(mkdirat(bench->all, "from", 0700), 0);
	assert_int_equal(mkdirat(bench->all, "to", 0700), 0);
	bench->from = open_directory(bench->all, "from");
	bench->to = open_directory(bench->all, "to");
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	char command[96];

	close(bench->to);
	close(bench->from);
	close(bench->all);
	snprintf(command, sizeof(command), "rm -r %s", bench->path); /* as deep as it may be */
	assert_int_equal(system(command), 0);			     /* NOLINT: words of our own */
	free(bench);
	return 0;
}

static void put(const struct bench *bench, const char *name, const char *content)
{
	int fd = openat(bench->from, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void assert_content(const struct bench *bench, const char *name, const char *expected)
{
	char content[64] = "";
	int fd = openat(bench->to, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, content, sizeof(content) - 1) >= 0);
	close(fd);
	assert_string_equal(content, expected);
}

static ino_t inode_of(const struct bench *bench, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(bench->to, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_ino;
}

static void test_what_is_in_both_stays_the_same_file(void **state)
{
	struct bench *bench = *state;
	ino_t directory, file;
	char content[8] = "";
	int fd;

	assert_int_equal(mkdirat(bench->from, "a", 0700), 0);
	put(bench, "a/cpu.stat", "usage_usec 1000");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	directory = inode_of(bench, "a");
	file = inode_of(bench, "a/cpu.stat");
	fd = openat(bench->to, "a/cpu.stat", O_RDONLY | O_CLOEXEC);
	put(bench, "a/cpu.stat", "2");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	assert_int_equal(inode_of(bench, "a"), directory);
	assert_int_equal(inode_of(bench, "a/cpu.stat"), file);
	assert_int_equal(pread(fd, content, sizeof(content), 0), 1);
	assert_string_equal(content, "2");
	close(fd);
}

static void test_what_went_is_removed_after_what_is_new_was_made(void **state)
{
	struct bench *bench = *state;
	ino_t gone;

	assert_int_equal(mkdirat(bench->from, "a", 0700), 0);
	assert_int_equal(mkdirat(bench->from, "a/b", 0700), 0);
	put(bench, "a/b/c", "x");
	put(bench, "d", "y");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	gone = inode_of(bench, "a");
	assert_int_equal(tree_clear(bench->from), 0);
	assert_int_equal(mkdirat(bench->from, "e", 0700), 0);
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	assert_int_not_equal(inode_of(bench, "e"), gone);
	assert_int_equal(faccessat(bench->to, "a", F_OK, 0), -1);
	assert_int_equal(faccessat(bench->to, "d", F_OK, 0), -1);
}

static void test_a_file_becomes_a_directory_and_back(void **state)
{
	struct bench *bench = *state;

	put(bench, "a", "x");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	assert_int_equal(tree_clear(bench->from), 0);
	assert_int_equal(mkdirat(bench->from, "a", 0700), 0);
	put(bench, "a/b", "y");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	assert_content(bench, "a/b", "y");
	assert_int_equal(tree_clear(bench->from), 0);
	put(bench, "a", "z");
	assert_int_equal(tree_follow(bench->from, bench->to), 0);
	assert_content(bench, "a", "z");
}

/* Make @levels directories in one another, in @directory. */
static void bury(int directory, int levels)
{
	int fd = dup(directory);

	for (int i = 0; i < levels; i++) {
		int inner;

		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		inner = open_directory(fd, "d");
		close(fd);
		fd = inner;
	}
	close(fd);
}

static void test_nothing_leads_out_of_it(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(symlinkat("/etc", bench->from, "a"), 0);
	assert_int_equal(tree_follow(bench->from, bench->to), -ELOOP);
	assert_int_equal(tree_clear(bench->from), 0);
	assert_int_equal(mkfifoat(bench->from, "a", 0600), 0);
	assert_int_equal(tree_follow(bench->from, bench->to), -EINVAL);
	assert_int_equal(tree_clear(bench->from), 0);
	bury(bench->from, TREE_DEPTH_MAX);
	assert_int_equal(tree_follow(bench->from, bench->to), -ELOOP);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_in_both_stays_the_same_file),
		TEST(test_what_went_is_removed_after_what_is_new_was_made),
		TEST(test_a_file_becomes_a_directory_and_back),
		TEST(test_nothing_leads_out_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
