/* What the collector refuses to start with, and how it says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/config.h"

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_config.c"
#include "tests/support/replay_corpus.h"

static enum option_action parse(
	struct config *config, char *error, size_t error_size, char **argument)
{
	char *argv[8] = {(char[]){"hubmeter-collector"}};
	FILE *err = fmemopen(error, error_size, "w");
	enum option_action action;
	int argc = 1;

	while (*argument)
		argv[argc++] = *argument++;
	memset(config, 0, sizeof(*config));
	action = config_parse(config, argc, argv, NULL, stdout, err);
	fclose(err);
	return action;
}

static void assert_refused(const char *text, const char *first, const char *second)
{
	char *argument[3] = {strdup(first), second ? strdup(second) : NULL, NULL};
	char error[512] = "";
	struct config config;

	assert_int_equal(parse(&config, error, sizeof(error), argument), OPTION_ACTION_EXIT_USAGE);
	if (!strstr(error, text) || !strstr(error, "Try --help"))
		fail_msg("\"%s\" not in: %s", text, error);
	free(argument[0]);
	free(argument[1]);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("option \"hub\": \"\" is not", "--verbose", NULL);
	assert_refused("option \"hub\": \"-physics\" is not", "--hub=-physics", NULL);
	assert_refused("option \"node\": \"a b\" is not", "--hub=physics", "--node=a b");
	assert_refused("sample_interval\": not between", "--hub=a", "--sample-interval=10ms");
	assert_refused("publish_interval\": shorter", "--hub=a", "--publish-interval=5s");
	assert_refused("spool_segment_size\": not between", "--hub=a", "--spool-segment-size=1");
	assert_refused("spool_max_size\": less than 4", "--hub=a", "--spool-max-size=4194303");
	assert_refused("resource_class\": not 1 to 255", "--hub=a", "--resource-class=");
	assert_refused("option \"rows\": only", "--hub=a", "--rows");
	assert_refused("option \"hub\": \"a.b\" is not", "--hub=a.b", NULL);
	assert_refused("sacct_tag\": \"a,b\"", "--hub=a", "--sacct-tag=a,b");
	assert_refused("sacct_tag\": \"\"", "--hub=a", "--sacct-tag=");
	assert_refused("sacct_interval\": not between", "--hub=a", "--sacct-interval=9s");
	assert_refused("slurm_accounts\": \"passwd\"", "--hub=a", "--slurm-accounts=passwd");
	assert_refused("hub_api_url\": \"http://hub/hub/api\" does not begin with https", "--hub=a",
		"--hub-api-url=http://hub/hub/api");
	assert_refused("storage_root\": a directory does not", "--hub=a", "--storage-root=/h home");
	assert_refused("storage_root\": more than 16", "--hub=a",
		"--storage-root=/1 /2 /3 /4 /5 /6 /7 /8 /9 /a /b /c /d /e /f /g /h");
	assert_refused("storage_home\": not names", "--hub=a", "--storage-home={user}");
	assert_refused("storage_interval\": not between", "--hub=a", "--storage-interval=9s");
	assert_refused("storage_walk_entries_per_second\": not between", "--hub=a",
		"--storage-walk-entries-per-second=0");
	assert_refused("metrics_listen\": \"9465\" is not an address and a port", "--hub=a",
		"--metrics-listen=9465");
	assert_refused("unexpected argument \"b\"", "--hub=a", "b");
}

/* Jobs are metered in one way. */
static void test_jobs_in_one_way(void **state)
{
	static const char *const others[][2] = {{"--sacct-command=sacct", "--sacct-file=/x"},
		{"--sacct-command=sacct", "--slurm-accounts=/etc/passwd"},
		{"--sacct-file=/x", "--slurm-accounts=/etc/passwd"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *argument[] = {
			strdup("--hub=a"), strdup(others[i][0]), strdup(others[i][1]), NULL};
		char error[512] = "";
		struct config config;

		assert_int_equal(
			parse(&config, error, sizeof(error), argument), OPTION_ACTION_EXIT_USAGE);
		assert_non_null(strstr(error, "not together with sacct_command"));
		for (size_t k = 0; k < 3; k++)
			free(argument[k]);
	}
}

static void test_defaults(void **state)
{
	char *argument[] = {(char[]){"--hub=physics"}, (char[]){"--kafka.linger.ms=7"}, NULL};
	char error[512] = "";
	struct config config;

	(void)state;
	assert_int_equal(parse(&config, error, sizeof(error), argument), OPTION_ACTION_RUN);
	assert_int_equal(config.sample_interval, 10000000);
	assert_int_equal(config.publish_interval, 60000000);
	assert_int_equal(config.spool_segment_size, 1 << 20);
	assert_true(config.spool_sync);
	assert_false(config.storage_quota); /* people may move files to others' projects */
	assert_true(config_node_is_valid(config.node)); /* the host name */
	assert_int_equal(config.kafka.count, 1);
	assert_string_equal(config.kafka.pair[0].name, "linger.ms");
	config_release(&config);
}

static void test_dump_needs_no_hub(void **state)
{
	char *argument[] = {(char[]){"--dump-spool"}, (char[]){"/x"}, (char[]){"--rows"}, NULL};
	char error[512] = "";
	struct config config;

	(void)state;
	assert_int_equal(parse(&config, error, sizeof(error), argument), OPTION_ACTION_RUN);
	assert_string_equal(config.dump_spool, "/x");
	assert_true(config.rows);
	config_release(&config);
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("config")), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_jobs_in_one_way),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_dump_needs_no_hub),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
