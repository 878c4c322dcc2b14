/*
 * Names and numbers people type: hubs, topics, months, schema files; and secrets they should not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command/migrate.h"
#include "cli/command/report.h"
#include "cli/config.h"
#include "cli/store/store.h"
#include "common/topic_name.h"

static void test_hubs(void **state)
{
	static const char *const good[] = {"a", "hub-a", "Hub_1", "0"};
	static const char *const bad[] = {"", "-a", "_a", "a.b", "a b", "a/b", "h\xc3\xbc"};
	char topic[TOPIC_NAME_SIZE];
	char hub[TOPIC_NAME_SIZE];
	char longest[HUB_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(hub_name_valid(good[i]));
		topic_name_make(good[i], topic);
		assert_true(topic_name_hub(topic, hub));
		assert_string_equal(hub, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hub_name_valid(bad[i]));
	memset(longest, 'x', sizeof(longest));
	longest[HUB_NAME_MAX + 1] = '\0';
	assert_false(hub_name_valid(longest));
	longest[HUB_NAME_MAX] = '\0';
	assert_true(hub_name_valid(longest));
}

static void test_topics(void **state)
{
	static const char *const bad[] = {"", "usage.", "usage..v1", "usage.v1", "usage.a.v2",
		"usage.a.b.v1", "xusage.a.v1", "usage.a.v1x", "__consumer_offsets", "usage.-.v1"};
	char hub[TOPIC_NAME_SIZE];

	(void)state;
	assert_true(topic_name_hub("usage.hub-a.v1", hub));
	assert_string_equal(hub, "hub-a");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(topic_name_hub(bad[i], hub));
}

static void test_months(void **state)
{
	static const char *const good[] = {"2026-09", "2000-01", "2199-12"};
	static const char *const bad[] = {"", "2026", "2026-9", "2026-00", "2026-13", "1999-12",
		"2200-01", "2026-09-01", "26-09", "2026/09", "2026-0x", " 2026-09", "2026-09 "};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(report_month_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(report_month_valid(bad[i]));
}

static void test_filters(void **state)
{
	struct report_filter filter = {0};

	(void)state;
	assert_true(report_filter_parse("current", &filter));
	assert_string_equal(filter.month, "");
	assert_int_equal(filter.months_back, 0);
	filter.months_back = 7;
	assert_true(report_filter_parse("", &filter));
	assert_int_equal(filter.months_back, 0);
	assert_true(report_filter_parse("last", &filter));
	assert_string_equal(filter.month, "");
	assert_int_equal(filter.months_back, 1);
	assert_true(report_filter_parse("2026-09", &filter));
	assert_string_equal(filter.month, "2026-09");
	assert_false(report_filter_parse("next", &filter));
	assert_false(report_filter_parse("2026-13", &filter));
}

static void test_files(void **state)
{
	(void)state;
	assert_int_equal(migrate_version("0001_roles.sql"), 1);
	assert_int_equal(migrate_version("0120_x.sql"), 120);
	assert_int_equal(migrate_version("0001_roles.sql~"), 0);
	assert_int_equal(migrate_version("0001.sql"), 0);
	assert_int_equal(migrate_version("0001_.sql"), 0);
	assert_int_equal(migrate_version("001_roles.sql"), 0);
	assert_int_equal(migrate_version("roles.sql"), 0);
	assert_int_equal(migrate_version(".."), 0);
}

static void assert_server(struct server server, const char *part)
{
	char reason[MIGRATE_REASON_SIZE] = "";

	assert_int_equal(migrate_check_server(&server, reason), part ? -EPERM : 0);
	if (part && !strstr(reason, part))
		fail_msg("\"%s\" does not say \"%s\"", reason, part);
}

static void test_servers(void **state)
{
	(void)state;
	assert_server((struct server){150000, "UTF8", true}, NULL);
	assert_server((struct server){170002, "UTF8", true}, NULL);
	assert_server((struct server){140022, "UTF8", true}, "PostgreSQL 14.22, hubmeter needs 15");
	assert_server((struct server){150018, "LATIN1", true}, "LATIN1, hubmeter needs UTF8");
	assert_server((struct server){150018, "SQL_ASCII", true}, "SQL_ASCII");
	assert_server((struct server){150018, "UTF8", false}, "lacks the extension btree_gist");
}

static void test_conninfo_passwords(void **state)
{
	(void)state;
	assert_true(store_conninfo_has_password("host=h password=x"));
	assert_true(store_conninfo_has_password("postgresql://u:p@h/d"));
	assert_false(store_conninfo_has_password("host=h passfile=/etc/x user=password"));
	assert_false(store_conninfo_has_password("postgresql://u@h/d"));
	assert_false(store_conninfo_has_password(""));
	assert_false(store_conninfo_has_password("not a conninfo"));
}

/* Parse @count words; the text that was printed as an error is the caller's to free. */
static enum option_action parse(char *const *words, int count, char **ret_text)
{
	struct config config = {0};
	char *argv[8] = {NULL};
	enum option_action action;
	size_t size;
	int first;
	FILE *err = open_memstream(ret_text, &size);

	assert_non_null(err);
	for (int i = 0; i < count; i++)
		argv[i] = words[i];
	action = config_parse(&config, count, argv, err, err, &first);
	config_release(&config);
	assert_int_equal(fclose(err), 0);
	return action;
}

static void assert_refused(const char *option, const char *part)
{
	char program[] = "hubmeter";
	char *word = strdup(option);
	char *words[] = {program, word};
	char *text = NULL;

	assert_int_equal(parse(words, 2, &text), OPTION_ACTION_EXIT_USAGE);
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
	assert_non_null(strstr(text, "--help"));
	assert_null(strstr(text, "s3cret"));
	free(text);
	free(word);
}

static void test_refused_options(void **state)
{
	(void)state;
	assert_refused("--postgres=host=h password=s3cret", "everybody can read an argument");
	assert_refused("--postgres=postgresql://u:s3cret@h/d", "everybody can read an argument");
	assert_refused("--kafka.sasl.password=s3cret", "everybody can read an argument");
	assert_refused("--kafka.ssl.key.password=s3cret", "everybody can read an argument");
	assert_refused("--format=xml", "\"xml\"");
	assert_refused("--partitions=0", "between 1 and 1000");
	assert_refused("--partitions=1001", "between 1 and 1000");
	assert_refused("--frobnicate=1", "frobnicate");
}

static void test_accepted_options(void **state)
{
	char words[][32] = {"hubmeter", "rate", "--format", "csv", "--kafka.bootstrap.servers=h:1"};
	char *argv[] = {words[0], words[1], words[2], words[3], words[4]};
	char *text = NULL;

	(void)state;
	assert_int_equal(parse(argv, 5, &text), OPTION_ACTION_RUN);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hubs),
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_conninfo_passwords),
		cmocka_unit_test(test_refused_options),
		cmocka_unit_test(test_accepted_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
