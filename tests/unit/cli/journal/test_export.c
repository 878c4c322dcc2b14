/* Files that appear whole, last the manifest, and are never replaced. */
#include "cli/journal/export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/cli/journal/sample.h"

struct folder {
	char path[64];
};

static int set_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (!folder)
		return -1;
	(void)snprintf(folder->path, sizeof(folder->path), "/tmp/hubmeter-journal-XXXXXX");
	*state = folder;
	return mkdtemp(folder->path) ? 0 : -1;
}

static int for_each(const struct folder *folder, bool is_removed)
{
	DIR *directory = opendir(folder->path);
	int count = 0;

	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (is_removed)
			(void)unlinkat(dirfd(directory), entry->d_name, 0); /* tidies up */
	}
	(void)closedir(directory);
	return count;
}

static int tear_down(void **state)
{
	struct folder *folder = *state;

	(void)for_each(folder, true);
	(void)rmdir(folder->path); /* a folder that stays is seen */
	free(folder);
	return 0;
}

static void path_of(const struct folder *folder, const char *name, char ret[128])
{
	(void)snprintf(ret, 128, "%.63s/%.60s", folder->path, name);
}

/* The text of the file @name; the caller frees. */
static char *read_file(const struct folder *folder, const char *name)
{
	char *text = calloc(1, 65536);
	char path[128];
	FILE *file;

	path_of(folder, name, path);
	file = fopen(path, "r");
	assert_true(text && file);
	assert_true(fread(text, 1, 65535, file) < 65535);
	(void)fclose(file);
	return text;
}

static void write_file(const struct folder *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	path_of(folder, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool is_there(const struct folder *folder, const char *name)
{
	char path[128];

	path_of(folder, name, path);
	return access(path, F_OK) == 0;
}

struct some_lines {
	const struct journal_line *line;
	size_t left;
	int r; /* what the end gives */
};

static int next(void *context, const struct journal_line **ret)
{
	struct some_lines *some = context;

	if (!some->left)
		return some->r;
	some->left--;
	*ret = some->line++;
	return 1;
}

static int export_lines(const struct folder *folder, struct some_lines some,
	const struct journal_template *template, struct journal_exported *ret,
	char error[JOURNAL_ERROR_SIZE])
{
	const struct journal_lines lines = {next, &some};

	return journal_export(&sample_batch, &lines, template, folder->path, ret, error);
}

static int export(const struct folder *folder, const struct journal_template *template,
	struct journal_exported *ret, char error[JOURNAL_ERROR_SIZE])
{
	return export_lines(
		folder, (struct some_lines){.line = sample_lines, .left = 2}, template, ret, error);
}

static void test_canonical(void **state)
{
	const struct folder *folder = *state;
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE], path[128], command[256];
	char *manifest;

	assert_int_equal(export(folder, NULL, &exported, error), 0);
	assert_false(exported.was_there);
	assert_int_equal(exported.totals.lines, 2);
	assert_int_equal(exported.totals.debit_cents, 1997);
	path_of(folder, "HUB2026090001.csv", path);
	assert_string_equal(exported.path, path);
	manifest = read_file(folder, "HUB2026090001.manifest");
	assert_non_null(strstr(manifest, "\nHUB2026090001,2,19.97,19.97,"));
	assert_non_null(strstr(manifest, exported.sha256));
	free(manifest);
	(void)snprintf(command, sizeof(command), "echo %s %.100s | sha256sum -c --status",
		exported.sha256, path);
	assert_int_equal(system(command), 0); // NOLINT: another judge of the digest
	assert_int_equal(for_each(folder, false), 2);
}

static void test_again(void **state)
{
	const struct folder *folder = *state;
	struct journal_exported first = {0}, second = {0};
	char error[JOURNAL_ERROR_SIZE];

	assert_int_equal(export(folder, NULL, &first, error), 0);
	assert_int_equal(export(folder, NULL, &second, error), 0);
	assert_true(second.was_there);
	assert_string_equal(first.sha256, second.sha256);
	assert_int_equal(for_each(folder, false), 2);
}

static void test_after_a_crash(void **state)
{
	const struct folder *folder = *state;
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE], path[128];

	assert_int_equal(export(folder, NULL, &exported, error), 0);
	path_of(folder, "HUB2026090001.manifest", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(export(folder, NULL, &exported, error), 0);
	assert_false(exported.was_there);
	assert_true(is_there(folder, "HUB2026090001.manifest"));
}

/* What a process of the same number left behind is in nobody's way. */
static void test_a_forgotten_file(void **state)
{
	const struct folder *folder = *state;
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE], name[60];

	(void)snprintf(name, sizeof(name), ".HUB2026090001.csv.%d-0", (int)getpid());
	write_file(folder, name, "half");
	assert_int_equal(export(folder, NULL, &exported, error), 0);
	assert_true(is_there(folder, name));
	assert_int_equal(for_each(folder, false), 3);
}

static void refuse_other(const struct folder *folder, const char *name, const char *text)
{
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE], expected[JOURNAL_ERROR_SIZE];
	char *left;

	write_file(folder, name, text);
	assert_int_equal(export(folder, NULL, &exported, error), -EEXIST);
	(void)snprintf(expected, sizeof(expected),
		"%s/%s: is there with other content, and is not overwritten: move it away if it was "
		"never posted",
		folder->path, name);
	assert_string_equal(error, expected);
	left = read_file(folder, name);
	assert_string_equal(left, text);
	free(left);
	assert_int_equal(for_each(folder, true), 1);
}

static void test_nothing_is_overwritten(void **state)
{
	const struct folder *folder = *state;
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE], path[128];
	char *text;

	refuse_other(folder, "HUB2026090001.csv", "");
	refuse_other(folder, "HUB2026090001.csv", "other\n");
	refuse_other(folder, "HUB2026090001.manifest", "other\n");
	assert_int_equal(export(folder, NULL, &exported, error), 0);
	text = read_file(folder, "HUB2026090001.csv");
	(void)for_each(folder, true);
	text[0] = 'B'; /* as long, but not the same */
	refuse_other(folder, "HUB2026090001.csv", text);
	free(text);
	path_of(folder, "HUB2026090001.csv", path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(export(folder, NULL, &exported, error), -EEXIST);
}

static void test_a_failure_leaves_nothing(void **state)
{
	const struct folder *folder = *state;
	struct journal_template *template =
		sample_template("layout fixed\nrecord detail 3\ncolumn a 1-3 org\n");
	struct some_lines some = {.line = sample_lines, .left = 1};
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE];

	assert_int_equal(export_lines(folder, some, NULL, &exported, error), -EBADMSG);
	assert_string_equal(error, "the batch does not balance: debits 19.97, credits 0.00");
	assert_int_equal(export(folder, template, &exported, error), -EBADMSG);
	assert_string_equal(error,
		"template x: detail of line 1: column \"a\": \"CHEM\": is longer "
		"than 3 characters");
	some.r = -EIO;
	assert_int_equal(export_lines(folder, some, NULL, &exported, error), -EIO);
	assert_string_equal(error, "cannot read the lines: Input/output error");
	assert_int_equal(for_each(folder, false), 0);
	journal_template_free(template);
}

static void test_a_feed_with_a_marker(void **state)
{
	const struct folder *folder = *state;
	struct journal_template *template = sample_template(
		"layout fixed\nextension data\nmarker done\nrecord detail 9\ncolumn a 1-9 dr_cr\n");
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE];
	char *text;

	assert_int_equal(export(folder, template, &exported, error), 0);
	text = read_file(folder, "HUB2026090001.x.data");
	assert_string_equal(text, "D        \nC        \n");
	free(text);
	text = read_file(folder, "HUB2026090001.x.done");
	assert_string_equal(text, "");
	free(text);
	assert_true(is_there(folder, "HUB2026090001.x.manifest"));
	assert_int_equal(for_each(folder, false), 3);
	journal_template_free(template);
}

static void test_no_folder(void **state)
{
	static const struct folder nowhere = {"/nowhere/at/all"};
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE];

	(void)state;
	assert_int_equal(export(&nowhere, NULL, &exported, error), -ENOENT);
	assert_string_equal(error, "cannot write into /nowhere/at/all: No such file or directory");
}

/* More than one flush of the buffer. */
static void test_many_lines(void **state)
{
	enum { LINES = 20000 };
	const struct folder *folder = *state;
	struct journal_line *lines = calloc(LINES, sizeof(*lines));
	struct some_lines some = {.line = lines, .left = LINES};
	struct journal_exported exported = {0};
	char error[JOURNAL_ERROR_SIZE];
	struct stat status;

	assert_non_null(lines);
	for (unsigned i = 0; i < LINES; i++)
		lines[i] = (struct journal_line){SAMPLE_LINE(i + 1, i % 2 ? "C" : "D", 1)};
	assert_int_equal(export_lines(folder, some, NULL, &exported, error), 0);
	assert_int_equal(exported.totals.lines, LINES);
	assert_int_equal(stat(exported.path, &status), 0);
	assert_true(status.st_size > 1500000);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_canonical, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_after_a_crash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_forgotten_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_overwritten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_failure_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_feed_with_a_marker, set_up, tear_down),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test_setup_teardown(test_many_lines, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
