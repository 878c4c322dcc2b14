/* The meter with real trees: what is found is booked, for as long as it holds. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/collector/source/storage/bench.h"

static void test_each_has_what_is_his(void **state)
{
	struct bench *bench = *state;
	char expected[256];

	make_homes(bench);
	first_round(bench);
	pass_later(bench, MINUTE);
	assert_int_equal(bench->n_batches, 0);
	pass_later(bench, HOUR - MINUTE);
	assert_int_equal(bench->n_batches, 1);
	assert_int_equal(bench->n_rows, 3);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", HOUR));
	assert_int_equal(row_of(bench, "bob")->mib_sec, mib_sec(bench, "bob", HOUR));
	assert_int_equal(row_of(bench, "_shared")->mib_sec, mib_sec(bench, "_shared-data", HOUR));
	assert_string_equal(row_of(bench, "_shared")->tag, "_shared-data");
	assert_string_equal(row_of(bench, "ada")->tag, "");
	snprintf(expected, sizeof(expected), "%s/ada=ada", bench->tree.path);
	assert_string_equal(row_of(bench, "ada")->workload, expected);
	assert_int_equal(bench->last_usec, fake_realtime(&bench->machine));
	assert_int_equal(bench->last_usec - bench->first_usec, HOUR);
}

/* Law: the sum over any number of intervals is bytes times time, to the last whole unit. */
static void test_sums_stay_exact(void **state)
{
	struct bench *bench = *state;
	int64_t began;

	make_homes(bench);
	tree_write(&bench->tree, "ada/odd", 12345);
	first_round(bench);
	began = bench->machine.boottime_usec;
	for (int i = 0; i < 30; i++)
		pass_later(bench, HOUR + 777777 * i);
	assert_int_equal(row_of(bench, "ada")->mib_sec,
		mib_sec(bench, "ada", bench->machine.boottime_usec - began));
}

static void test_growth_is_a_step(void **state)
{
	struct bench *bench = *state;
	uint64_t before, after;

	make_homes(bench);
	first_round(bench);
	before = mib_sec(bench, "ada", HOUR);
	tree_write(&bench->tree, "ada/more", 20 * MIB);
	pass_later(bench, HOUR);
	assert_int_equal(row_of(bench, "ada")->mib_sec, before);
	wait_until(bench, "23 MiB", true);
	after = mib_sec(bench, "ada", HOUR);
	pass_later(bench, HOUR);
	assert_true(row_of(bench, "ada")->mib_sec - before - after <= 1); /* two fractions */
	assert_true(after > before + 20 * 3600 - 1);
}

static void note_count(void *context, const char *source, size_t count)
{
	assert_string_equal(source, "storage");
	*(size_t *)context = count;
}

static size_t count_homes_of(const struct bench *bench)
{
	size_t count = SIZE_MAX;

	meter_count(bench->meter, note_count, &count);
	return count;
}

static void test_home_that_is_deleted(void **state)
{
	struct bench *bench = *state;
	uint64_t last;

	make_homes(bench);
	first_round(bench);
	assert_int_equal(count_homes_of(bench), 3);
	assert_int_equal(unlinkat(bench->tree.fd, "bob/file", 0), 0);
	assert_int_equal(unlinkat(bench->tree.fd, "bob", AT_REMOVEDIR), 0);
	pass_later(bench, HOUR);
	wait_until(bench, "/bob", false);
	assert_int_equal(count_homes_of(bench), 2);
	last = row_of(bench, "bob")->mib_sec;
	assert_true(last >= 3600);
	pass_later(bench, HOUR);
	pass_later(bench, HOUR);
	assert_int_equal(row_of(bench, "bob")->mib_sec, last);
	assert_int_equal(row_of(bench, "ada")->n, 3);
}

/* 0: it was tried; 77: can't be; else what failed. */
static int try_mount_over_a_home(struct bench *bench)
{
	char path[128];
	uint64_t hour;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	make_homes(bench);
	open_meter(bench);
	first_round(bench);
	hour = mib_sec(bench, "bob", HOUR);
	snprintf(path, sizeof(path), "%s/bob", bench->tree.path);
	if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
		return 77;
	pass_later(bench, HOUR);
	wait_until(bench, "mounted over it", true);
	for (int i = 0; i < 3; i++)
		pass_later(bench, HOUR);
	if (row_of(bench, "bob")->mib_sec < 4 * hour - 1)
		return 1;
	pass_later(bench, 40 * DAY);
	pass_later(bench, HOUR);
	return row_of(bench, "bob")->mib_sec <= 32 * 24 * hour ? 0 : 2;
}

/* Whoever owns a directory may mount something over it, and has not given back what is below. */
static void test_home_that_is_mounted_over(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try_mount_over_a_home(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: this takes root\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A file system that is not mounted looks like an empty directory: nobody has deleted all. */
static void test_root_that_is_empty_all_of_a_sudden(void **state)
{
	struct bench *bench = *state;
	uint64_t hour;

	make_homes(bench);
	first_round(bench);
	hour = mib_sec(bench, "ada", HOUR);
	tree_empty(dup(bench->tree.fd));
	lseek(bench->tree.fd, 0, SEEK_SET);
	pass_later(bench, HOUR);
	wait_until(bench, "is it mounted?", true);
	assert_true(is_said(bench, "/ada"));
	pass_later(bench, HOUR);
	pass_later(bench, HOUR);
	assert_true(row_of(bench, "ada")->mib_sec >= 3 * hour);
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = {"a\nb", "\xff\xfe", "=", "~0123456789abcdef", "-rf"};
	struct bench *bench = *state;
	char longest[256];
	uint64_t sum = 0;

	memset(longest, 'x', 255);
	longest[255] = '\0';
	tree_mkdir(&bench->tree, longest);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		tree_mkdir(&bench->tree, names[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s/file", names[i]);
		tree_write(&bench->tree, name, 5 * MIB);
		sum += mib_sec(bench, names[i], HOUR);
	}
	tree_write(&bench->tree, "=/more", MIB);
	sum += mib_sec(bench, "=/more", HOUR);
	first_round(bench);
	pass_later(bench, HOUR);
	assert_in_range(bench->all_mib_sec, sum, sum + 3600);
	assert_true(bench->n_rows >= 5);
	assert_int_equal(row_of(bench, "-rf")->mib_sec, mib_sec(bench, "-rf", HOUR));
}

/* More than travel at once. */
static void test_many_homes(void **state)
{
	enum { HOMES = 5000 };
	struct bench *bench = *state;
	char name[32];
	uint64_t rows = 0;

	for (int i = 0; i < HOMES; i++) {
		snprintf(name, sizeof(name), "_shared%d", i);
		tree_mkdir(&bench->tree, name);
		snprintf(name, sizeof(name), "_shared%d/f", i);
		tree_write(&bench->tree, name, 4096);
	}
	first_round(bench);
	for (int i = 0; i < 3; i++) {
		pass_later(bench, i ? MINUTE : HOUR);
		assert_true(row_of(bench, "_shared")->n - rows <= 4096);
		rows = row_of(bench, "_shared")->n;
	}
	assert_int_equal(rows, HOMES);
	assert_in_range(bench->all_mib_sec, HOMES * (4096 * 3600ull >> 20),
		HOMES * (2 * 4096 * 3660ull >> 20));
}

struct said {
	int n;
	char text[8][400];
};

static void note(void *context, const struct explained *explained)
{
	struct said *said = context;

	snprintf(said->text[said->n++], 400, "%s|%s|%s|%s|%s", explained->source, explained->user,
		explained->tag, strrchr(explained->where, '/'), explained->because);
}

static void test_explained(void **state)
{
	struct bench *bench = *state;
	struct said said = {0};
	size_t right = 0;

	make_homes(bench);
	meter_explain(bench->meter, note, &said);
	assert_int_equal(said.n, 1);
	assert_non_null(strstr(said.text[0], "not listed to its end yet"));
	first_round(bench);
	said.n = 0;
	meter_explain(bench->meter, note, &said);
	assert_int_equal(said.n, 4);
	for (int i = 0; i < said.n; i++) {
		right += strcmp(said.text[i], "storage|ada||/ada|3 MiB, counted block by block") ==
			 0;
		right += strcmp(said.text[i], "storage|_shared|_shared-data|/_shared-data|7 MiB, "
					      "counted block by block") == 0;
		right += strstr(said.text[i], "1 MiB beside its directories, nobody's; ") != NULL;
	}
	assert_int_equal(right, 3);
}

struct listening {
	FILE *file;
	int stderr_fd;
};

static void listen_to(struct listening *listening)
{
	log_set_threshold(LOG_PRIORITY_INFO);
	listening->file = tmpfile();
	assert_non_null(listening->file);
	listening->stderr_fd = dup(STDERR_FILENO);
	assert_true(dup2(fileno(listening->file), STDERR_FILENO) >= 0);
}

/* How often @text was logged meanwhile. */
static int heard(struct listening *listening, const char *text)
{
	char said[4096];
	size_t size;
	int n = 0;

	assert_true(dup2(listening->stderr_fd, STDERR_FILENO) >= 0);
	close(listening->stderr_fd);
	rewind(listening->file);
	size = fread(said, 1, sizeof(said) - 1, listening->file);
	said[size] = '\0';
	fclose(listening->file);
	log_set_threshold(LOG_PRIORITY_ERROR - 1);
	for (const char *at = said; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void test_root_that_is_not_there(void **state)
{
	struct bench *bench = *state;
	char nowhere[128];
	struct said said = {0};
	struct listening listening;

	meter_free(bench->meter);
	snprintf(nowhere, sizeof(nowhere), "%s/none", bench->tree.path);
	bench->config.storage_root = nowhere;
	open_meter(bench);
	listen_to(&listening);
	wait_until(bench, "can't be listed: No such file or directory", true);
	assert_int_equal(heard(&listening, "event=storage_failed root="), 1);
	meter_explain(bench->meter, note, &said);
	assert_int_equal(said.n, 1);
	tree_mkdir(&bench->tree, "none");
	tree_mkdir(&bench->tree, "none/ada");
	tree_write(&bench->tree, "none/ada/file", MIB);
	listen_to(&listening);
	pass_later(bench, HOUR);
	wait_until(bench, "beside its directories", true);
	assert_int_equal(heard(&listening, "event=storage_recovered root="), 1);
	pass_later(bench, HOUR);
	assert_true(row_of(bench, "ada")->mib_sec >= 3600);
}

/* For anybody to read. */
static void open_machine(const struct bench *bench)
{
	static const char *const names[] = {"", "stat", "meminfo"};
	char path[192];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", bench->machine.path, names[i]);
		assert_int_equal(chmod(path, 0755), 0);
	}
}

/* What can't be read is missing, and said; what can be counts. */
static void test_partly_closed(void **state)
{
	struct bench *bench = *state;
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};
	struct listening listening;
	bool is_root = geteuid() == 0;

	make_homes(bench);
	tree_mkdir(&bench->tree, "ada/closed");
	assert_int_equal(fchmodat(bench->tree.fd, "ada/closed", 0, 0), 0);
	assert_int_equal(fchmodat(bench->tree.fd, "bob", 0, 0), 0);
	assert_int_equal(fchmod(bench->tree.fd, 0755), 0);
	open_machine(bench);
	if (is_root)
		assert_int_equal(seteuid(65534), 0); /* of all threads */
	listen_to(&listening);
	assert_int_equal(meter_pass(bench->meter), 0);
	while (!is_said(bench, "beside its directories")) {
		assert_int_equal(poll(&pfd, 1, 30000), 1);
		assert_false(meter_on_event(bench->meter));
	}
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(heard(&listening, "event=storage_unreadable root="), 1);
	assert_true(is_said(bench, "at least 3 MiB, counted block by block: of 1 entries nothing "
				   "is known: Permission denied"));
	assert_true(is_said(bench, "not measured yet: Permission denied: it takes CAP_DAC"));
	assert_int_equal(fchmodat(bench->tree.fd, "ada/closed", 0700, 0), 0);
	assert_int_equal(fchmodat(bench->tree.fd, "bob", 0700, 0), 0);
}

/* A look that does not come to an end is said, once. */
static void test_slow(void **state)
{
	struct bench *bench = *state;
	struct listening listening;

	make_homes(bench);
	tree_grow(&bench->tree, "ada", 1, 200);
	bench->config.storage_walk_entries_per_second = 1; /* it rests between two entries */
	pass(bench);
	for (int i = 0; i < 3; i++) {
		listen_to(&listening);
		pass_later(bench, i == 0 ? DAY - 1 : DAY);
		pass(bench);
		assert_int_equal(heard(&listening, "storage_slow"), i == 1);
	}
}

static void test_off_unless_configured(void **state)
{
	struct bench *bench = *state;
	struct source_context context = {&bench->config, &bench->machine.clock, NULL};
	static char none[] = "";
	void *source;

	bench->config.storage_root = none;
	assert_int_equal(storage_source_ops.init(&context, &source), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_has_what_is_his),
		TEST(test_sums_stay_exact),
		TEST(test_growth_is_a_step),
		TEST(test_home_that_is_deleted),
		TEST(test_home_that_is_mounted_over),
		TEST(test_root_that_is_empty_all_of_a_sudden),
		TEST(test_hostile_names),
		TEST(test_many_homes),
		TEST(test_explained),
		TEST(test_root_that_is_not_there),
		TEST(test_partly_closed),
		TEST(test_slow),
		TEST(test_off_unless_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
