/* What the aggregator refuses to start with, and how it says so. */
#include "aggregator/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KAFKA	 "--kafka.bootstrap.servers=localhost:9092"
#define POSTGRES "--postgres=dbname=hubmeter"

static enum option_action parse(char *error, size_t error_size, const char *const *argument)
{
	char *argv[8] = {strdup("hubmeter-aggregator")};
	FILE *err = fmemopen(error, error_size, "w");
	struct config config = {0};
	enum option_action action;
	int argc = 1;

	for (; *argument; argument++)
		argv[argc++] = strdup(*argument);
	action = config_parse(&config, argc, argv, stdout, err);
	(void)fclose(err);
	config_release(&config);
	while (argc > 0)
		free(argv[--argc]);
	return action;
}

static void assert_refused(
	const char *text, const char *first, const char *second, const char *third)
{
	const char *const argument[] = {first, second, third, NULL};
	char error[512] = "";

	assert_int_equal(parse(error, sizeof(error), argument), OPTION_ACTION_EXIT_USAGE);
	if (!strstr(error, text) || !strstr(error, "Try --help"))
		fail_msg("\"%s\" not in: %s", text, error);
}

static int without_environment(void **state)
{
	static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE",
		"PGPORT", "HUBMETER_POSTGRES", "HUBMETER_KAFKA_BOOTSTRAP_SERVERS",
		"HUBMETER_CONFIG"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	return 0;
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("option \"kafka.bootstrap.servers\": no broker", NULL, NULL, NULL);
	assert_refused("option \"kafka.bootstrap.servers\": no broker", POSTGRES, NULL, NULL);
	assert_refused("option \"postgres\": no database", KAFKA, NULL, NULL);
	assert_refused("option \"flush_keys\"", KAFKA, POSTGRES, "--flush-keys=0");
	assert_refused("option \"flush_memory\"", KAFKA, POSTGRES, "--flush-memory=1MiB");
	assert_refused("option \"group_id\"", KAFKA, POSTGRES, "--group-id=");
	assert_refused("\"retry_quarantine\"", POSTGRES, "--retry-quarantine=x", NULL);
	assert_refused("needs retry_reason", POSTGRES, "--retry-quarantine=1", "--retry-shift=+1d");
	assert_refused("need retry_quarantine", KAFKA, POSTGRES, "--retry-reason=why");
	assert_refused("unexpected word \"now\"", KAFKA, POSTGRES, "now");
}

static void test_what_is_enough(void **state)
{
	const char *const both[] = {KAFKA, POSTGRES, NULL};
	const char *const one[] = {KAFKA, NULL};
	const char *const a_retry[] = {POSTGRES, "--retry-quarantine=1,2", NULL};
	char error[512] = "";

	(void)state;
	assert_int_equal(parse(error, sizeof(error), both), OPTION_ACTION_RUN);
	assert_int_equal(parse(error, sizeof(error), a_retry), OPTION_ACTION_RUN);
	assert_int_equal(setenv("PGSERVICE", "hubmeter", 1), 0);
	assert_int_equal(parse(error, sizeof(error), one), OPTION_ACTION_RUN);
	assert_int_equal(unsetenv("PGSERVICE"), 0);
	assert_int_equal(parse(error, sizeof(error), one), OPTION_ACTION_EXIT_USAGE);
	assert_int_equal(setenv("HUBMETER_POSTGRES", "dbname=hubmeter", 1), 0);
	assert_int_equal(parse(error, sizeof(error), one), OPTION_ACTION_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_refusals, without_environment),
		cmocka_unit_test_setup(test_what_is_enough, without_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
