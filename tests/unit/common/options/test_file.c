/*
 * Where options come from without being given: which file is read, what the environment adds, and
 * that a dump says so.
 */
#include "common/options/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/options/options.h"

#define MAX_WORDS 8
#define PROGRAM	  "hubmeter-test: "
#define TRY	  "\nTry --help\n"

struct config {
	char *hub;
	char *node;
	char *db_password;
	uint64_t port;
	struct option_pairs kafka;
};

#define ROW(name_, type_, default_)                                                                \
	{                                                                                          \
		.name = #name_, .type = OPTION_TYPE_##type_, .default_value = default_,            \
		.metavar = "X", .help = "a value", .offset = offsetof(struct config, name_)        \
	}

static const struct option_descriptor descriptors[] = {
	ROW(hub, TEXT, NULL),
	ROW(node, TEXT, ""),
	ROW(db_password, TEXT, ""),
	ROW(port, UINT, "80"),
};

static const struct option_variable variables[] = {
	{"TEST_OPTIONS_HUB", "hub"},
	{"TEST_OPTIONS_SERVERS", "kafka.bootstrap.servers"},
};

static const struct option_set set = {
	.program = "hubmeter-test",
	.summary = "Tests the options.",
	.synopsis = "[OPTION]... [WORD]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = offsetof(struct config, kafka),
	.config_variable = "TEST_OPTIONS_CONFIG",
	.config_path = "hubmeter-test.conf",
	.variable = variables,
	.n_variables = sizeof(variables) / sizeof(variables[0]),
};

static char file_path[] = "/tmp/hubmeter-options-XXXXXX";

/* One parse and what it said. Release with run_release(). */
struct run {
	struct config config;
	char *out, *err;
};

static void write_file(const char *content)
{
	FILE *file = fopen(file_path, "we");

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void parse(struct run *run, const char *const *words)
{
	char *argv[MAX_WORDS] = {(char *)(uintptr_t)set.program};
	size_t out_size, err_size;
	FILE *out, *err;
	int argc = 1, first_word;

	memset(run, 0, sizeof(*run));
	for (; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	out = open_memstream(&run->out, &out_size);
	err = open_memstream(&run->err, &err_size);
	assert_non_null(out);
	assert_non_null(err);
	(void)options_parse(&set, &run->config, argc, argv, out, err, &first_word);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(err), 0);
}

static void run_release(struct run *run)
{
	options_release(&set, &run->config);
	free(run->out);
	free(run->err);
}

static void test_dump_says_where_values_come_from(void **state)
{
	static const char file[] = "\nnode = n\nport = 1\nkafka.b = 2\nkafka.a = 1\n";
	char expected[1024];
	struct run run;

	(void)state;
	write_file(file);
	(void)setenv("TEST_OPTIONS_HUB", "h", 1);
	(void)setenv("TEST_OPTIONS_SERVERS", "a:1", 1);
	(void)setenv("TEST_OPTIONS_CONFIG", file_path, 1);
	parse(&run, (const char *const[]){"--dump-config", "--port=2", "--kafka.a=3", NULL});
	assert_string_equal(run.err, "");
	(void)snprintf(expected, sizeof(expected),
		"# configuration file %s (TEST_OPTIONS_CONFIG)\n\n"
		"# environment variable TEST_OPTIONS_HUB\nhub = h\n# %s:2\nnode = n\n"
		"# default\ndb_password = ***\n# command line\nport = 2\n"
		"# %s:4\nkafka.b = 2\n# command line\nkafka.a = 3\n"
		"# environment variable TEST_OPTIONS_SERVERS\nkafka.bootstrap.servers = a:1\n",
		file_path, file_path, file_path);
	assert_string_equal(run.out, expected);
	run_release(&run);
}

static void test_environment_wins_over_the_file(void **state)
{
	static const char file[] = "hub = file\nkafka.bootstrap.servers = file:1\nport = 1\n";
	struct run run;

	(void)state;
	write_file(file);
	(void)setenv("TEST_OPTIONS_HUB", "environment", 1);
	(void)setenv("TEST_OPTIONS_SERVERS", "", 1); /* as if not set */
	parse(&run, (const char *const[]){"--config", file_path, NULL});
	assert_string_equal(run.config.hub, "environment");
	assert_string_equal(run.config.kafka.pair[0].value, "file:1");
	run_release(&run);
	parse(&run, (const char *const[]){"--hub=argument", "--config", file_path, NULL});
	assert_string_equal(run.config.hub, "argument");
	run_release(&run);
	(void)setenv("TEST_OPTIONS_HUB", "a\nb", 1);
	parse(&run, (const char *const[]){"--port=1", NULL});
	assert_string_equal(run.err, PROGRAM "environment variable \"TEST_OPTIONS_HUB\": option "
					     "\"hub\": contains a control character" TRY);
	run_release(&run);
}

/* What a dump says in its first line when nothing was asked for. */
static void assert_searched(const char *expected)
{
	struct run run;

	parse(&run, (const char *const[]){"--dump-config", NULL});
	assert_string_equal(run.err, "");
	if (strncmp(run.out, expected, strlen(expected)) != 0)
		fail_msg("expected \"%s\", got \"%s\"", expected, run.out);
	run_release(&run);
}

static void test_default_places(void **state)
{
	char home[] = "/tmp/hubmeter-home-XXXXXX";
	char directory[64], path[128], expected[256];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(home));
	(void)setenv("HOME", home, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)snprintf(expected, sizeof(expected),
		"# no configuration file: neither --config nor TEST_OPTIONS_CONFIG names one, and "
		"neither %s/.config/hubmeter-test.conf nor /etc/hubmeter-test.conf exists\n",
		home);
	assert_searched(expected);
	(void)snprintf(directory, sizeof(directory), "%s/.config", home);
	(void)snprintf(path, sizeof(path), "%s/hubmeter-test.conf", directory);
	assert_int_equal(mkdir(directory, 0700), 0);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	(void)snprintf(
		expected, sizeof(expected), "# configuration file %s (default place)\n", path);
	assert_searched(expected);
	(void)setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_searched(expected);
	(void)setenv("HOME", "/nowhere", 1);
	(void)setenv("XDG_CONFIG_HOME", directory, 1);
	assert_searched(expected);
	(void)setenv("TEST_OPTIONS_CONFIG", file_path, 1);
	(void)snprintf(expected, sizeof(expected),
		"# configuration file %s (TEST_OPTIONS_CONFIG)\n", file_path);
	assert_searched(expected);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(rmdir(home), 0);
}

static void test_named_file_must_exist(void **state)
{
	struct run run;

	(void)state;
	(void)setenv("TEST_OPTIONS_CONFIG", "/nowhere/x.conf", 1);
	parse(&run, (const char *const[]){"--dump-config", NULL});
	assert_string_equal(run.err,
		PROGRAM "cannot read configuration file \"/nowhere/x.conf\" "
			"(TEST_OPTIONS_CONFIG): No such file or directory" TRY);
	run_release(&run);
}

static int clear_environment(void **state)
{
	static const char *const names[] = {
		"TEST_OPTIONS_HUB", "TEST_OPTIONS_SERVERS", "TEST_OPTIONS_CONFIG"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	return 0;
}

static int make_file(void **state)
{
	int fd = mkstemp(file_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_dump_says_where_values_come_from, clear_environment),
		cmocka_unit_test_setup(test_environment_wins_over_the_file, clear_environment),
		cmocka_unit_test_setup(test_default_places, clear_environment),
		cmocka_unit_test_setup(test_named_file_must_exist, clear_environment),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
