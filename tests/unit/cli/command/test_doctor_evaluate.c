/*
 * What a state means: its verdict, and that it says what to do.
 */
#include "cli/command/doctor_evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_finding(struct finding finding, enum verdict verdict, const char *part)
{
	if (finding.verdict != verdict || !strstr(finding.text, part))
		fail_msg("%s \"%s\", expected %s \"...%s...\"", verdict_name(finding.verdict),
			finding.text, verdict_name(verdict), part);
	assert_null(strpbrk(finding.text, "\n\r\t"));
}

static void test_broker(void **state)
{
	(void)state;
	assert_finding(evaluate_broker(NULL, 3), VERDICT_OK, "3 brokers");
	assert_finding(evaluate_broker("Connection\n\trefused", 0), VERDICT_FAIL,
		"Connection refused: check --kafka.bootstrap.servers");
	assert_finding(evaluate_topics(1), VERDICT_OK, "1 usage topic");
	assert_finding(evaluate_topics(0), VERDICT_FAIL, "hubmeter topic create HUB");
}

static void test_database(void **state)
{
	(void)state;
	assert_finding(evaluate_database(NULL), VERDICT_OK, "reached");
	assert_finding(evaluate_database("refused"), VERDICT_FAIL, "refused: check --postgres");
}

static void test_schema(void **state)
{
	struct doctor_schema s = {.database_version = 9, .file_version = 9};

	(void)state;
	assert_finding(evaluate_schema(&s), VERDICT_OK, "version 9");
	s.outdated = true;
	assert_finding(evaluate_schema(&s), VERDICT_FAIL, "not those of the files");
	s.database_version = 8;
	assert_finding(evaluate_schema(&s), VERDICT_FAIL, "8 of 9: run 'hubmeter migrate'");
	s.fault = "0003_usage.sql was changed";
	assert_finding(evaluate_schema(&s), VERDICT_FAIL, "0003_usage.sql was changed");
}

static struct doctor_partition partition(int64_t low, int64_t next, int64_t high)
{
	return (struct doctor_partition){
		.topic = "usage.a.v1", .low = low, .next_offset = next, .high = high};
}

static void test_lag(void **state)
{
	struct doctor_partition p[] = {partition(0, 5, 5), partition(0, 0, 0)};

	(void)state;
	assert_finding(evaluate_lag(NULL, 0), VERDICT_OK, "0 records behind in 0 partitions");
	assert_finding(evaluate_lag(p, 2), VERDICT_OK, "0 records behind in 2 partitions");
	p[1] = partition(3, 4, 10);
	p[1].partition = 1;
	assert_finding(evaluate_lag(p, 2), VERDICT_WARN,
		"6 records behind, most in usage.a.v1/1 (6, last");
	p[0] = partition(2, -1, 10);
	assert_finding(evaluate_lag(p, 2), VERDICT_WARN,
		"14 records behind, most in usage.a.v1/0 (8, never read)");
	p[0] = partition(2, 3, 10);
	p[0].flushed_age_sec = 119;
	assert_finding(evaluate_lag(p, 1), VERDICT_WARN, "(7, last commit 119 s ago)");
	p[0].flushed_age_sec = 120;
	assert_finding(evaluate_lag(p, 1), VERDICT_WARN, "(7, last commit 2 min ago)");
	p[0].flushed_age_sec = 7200;
	assert_finding(evaluate_lag(p, 1), VERDICT_WARN, "last commit 2 h ago");
	p[0] = partition(0, -1, 0);
	assert_finding(evaluate_lag(p, 1), VERDICT_OK, "0 records");
	p[0] = partition(0, 6, 5);
	assert_finding(evaluate_lag(p, 2), VERDICT_FAIL, "read up to 6 but ends at 5");
	p[0] = partition(7, 5, 9);
	assert_finding(evaluate_lag(p, 2), VERDICT_FAIL, "2 records were deleted by retention");
	p[0] = partition(-1, 5, -1);
	assert_finding(evaluate_lag(p, 2), VERDICT_FAIL, "is not on the broker");
}

static void test_policies(void **state)
{
	struct doctor_names topics = {0};

	(void)state;
	assert_finding(evaluate_policies(&topics), VERDICT_OK, "no topic is compacted");
	topics = (struct doctor_names){1, "usage.a.v1"};
	assert_finding(evaluate_policies(&topics), VERDICT_WARN,
		"1 topic with cleanup.policy=compact: usage.a.v1: records vanish");
}

static void test_stopped(void **state)
{
	struct doctor_partition p[] = {partition(0, 0, 0), partition(0, 0, 0)};

	(void)state;
	assert_finding(evaluate_stopped(p, 2), VERDICT_OK, "no partition");
	(void)snprintf(p[1].stopped_reason, sizeof(p[1].stopped_reason), "topic made again");
	assert_finding(evaluate_stopped(p, 2), VERDICT_FAIL,
		"1 partition, first usage.a.v1/0: topic made again: to read a topic that was made "
		"anew: 'hubmeter ingest restart usage.a.v1 0 --from 0 --reason TEXT'");
	p[1].next_offset = 4000;
	p[1].low = 4711;
	p[1].high = 5000;
	assert_finding(evaluate_stopped(p, 2), VERDICT_FAIL,
		"'hubmeter ingest accept-gap usage.a.v1 0 --from 4000 --to 4710 --reason TEXT'");
}

static void test_waiting(void **state)
{
	struct doctor_partition p[] = {partition(0, 0, 0), partition(0, 0, 0)};

	(void)state;
	assert_finding(evaluate_waiting(p, 2), VERDICT_OK, "no partition");
	(void)snprintf(p[0].waiting_reason, sizeof(p[0].waiting_reason), "no leader");
	assert_finding(evaluate_waiting(p, 2), VERDICT_WARN,
		"1 partition tried again and again, first usage.a.v1/0: no leader");
}

static void test_suspense(void **state)
{
	struct doctor_names names = {0};

	(void)state;
	assert_finding(evaluate_aliases(&names), VERDICT_OK, "every user name");
	assert_finding(evaluate_homes(&names), VERDICT_OK, "everybody");
	assert_finding(evaluate_groups(&names), VERDICT_OK, "every tag");
	assert_finding(evaluate_bills(&names), VERDICT_OK, "every bill is distributed");
	assert_finding(evaluate_charts(&names), VERDICT_OK, "every fund stands");
	names.count = 1;
	(void)snprintf(names.which, sizeof(names.which), "eve on hub-a");
	assert_finding(evaluate_charts(&names), VERDICT_WARN,
		"1 fund with a chart string that the chart of accounts refuses: eve on hub-a:");
	assert_finding(evaluate_aliases(&names), VERDICT_WARN,
		"1 user name in suspense: nobody's: eve on hub-a: 'hubmeter import people', then "
		"'hubmeter rate'");
	assert_finding(evaluate_homes(&names), VERDICT_WARN, "1 person in suspense");
	assert_finding(evaluate_bills(&names), VERDICT_WARN, "'hubmeter bill unmatched', then");
	assert_finding(evaluate_groups(&names), VERDICT_WARN,
		"1 user name in suspense: not in the group of the tag, or nobody pays for it: eve on "
		"hub-a: 'hubmeter import members'");
	names.count = DOCTOR_NAMES_SHOWN + 1;
	assert_finding(evaluate_aliases(&names), VERDICT_WARN, "6 user names in suspense");
	assert_finding(evaluate_aliases(&names), VERDICT_WARN, "eve on hub-a, ...:");
	assert_finding(evaluate_homes(&names), VERDICT_WARN,
		"6 people in suspense: no home department: eve on hub-a, ...: 'hubmeter import "
		"memberships'");
}

static void test_usage(void **state)
{
	struct doctor_nodes nodes = {0};
	struct doctor_quarantine quarantine = {0};
	struct doctor_gaps gaps = {0};

	(void)state;
	assert_finding(evaluate_nodes(&nodes), VERDICT_WARN, "start hubmeter-collector");
	nodes.total = 2;
	assert_finding(evaluate_nodes(&nodes), VERDICT_OK, "2 nodes, none silent");
	nodes.silent = 1;
	(void)snprintf(nodes.names, sizeof(nodes.names), "a/n1 since 2026-09-01T00:00Z");
	assert_finding(evaluate_nodes(&nodes), VERDICT_WARN, "1 of 2 silent: a/n1 since");
	assert_finding(evaluate_quarantine(&quarantine), VERDICT_OK, "empty");
	quarantine.count = 1;
	(void)snprintf(quarantine.newest, sizeof(quarantine.newest), "malformed");
	assert_finding(
		evaluate_quarantine(&quarantine), VERDICT_WARN, "1 message, newest: malformed");
	assert_finding(evaluate_gaps(&gaps), VERDICT_OK, "none");
	gaps = (struct doctor_gaps){.count = 2, .batches = 7};
	assert_finding(evaluate_gaps(&gaps), VERDICT_WARN, "7 batches missing in 2 gaps");
	assert_finding(evaluate_measured(&(struct doctor_names){0}), VERDICT_OK, "attributed");
	assert_finding(
		evaluate_measured(&(struct doctor_names){.count = 1, .which = "h/n measured 1"}),
		VERDICT_WARN,
		"1 node whose kernel counted something else in the last day than is "
		"attributed there: h/n measured 1: does");
	assert_finding(evaluate_measured(&(struct doctor_names){.count = 6, .which = "h/n"}),
		VERDICT_WARN, "6 nodes whose kernel");
}

static void test_charges(void **state)
{
	struct doctor_names unpriced = {0};
	struct doctor_dirty dirty = {0};

	(void)state;
	assert_finding(evaluate_unpriced(&unpriced), VERDICT_OK, "has a price");
	unpriced.count = 6;
	(void)snprintf(unpriced.which, sizeof(unpriced.which), "u cpu");
	assert_finding(evaluate_unpriced(&unpriced), VERDICT_WARN, "without a price: u cpu, ...");
	unpriced.count = DOCTOR_NAMES_SHOWN; /* all of them are shown */
	assert_finding(evaluate_unpriced(&unpriced), VERDICT_WARN, "without a price: u cpu: '");
	assert_finding(evaluate_failed(&(struct doctor_names){0}), VERDICT_OK, "is rated");
	assert_finding(evaluate_failed(&(struct doctor_names){.count = 2, .which = "h on x: why"}),
		VERDICT_FAIL, "2 hub-days could not be rated: h on x: why: put right");
	assert_finding(evaluate_dirty(&dirty), VERDICT_OK, "up to date");
	dirty = (struct doctor_dirty){.hub_days = 1, .oldest = "2026-09-01"};
	assert_finding(evaluate_dirty(&dirty), VERDICT_WARN,
		"1 hub-day waits, oldest 2026-09-01: run 'hubmeter rate'");
	assert_finding(evaluate_not_permitted("permission denied"), VERDICT_WARN,
		"permission denied: sign in as hm_rater");
	assert_finding(evaluate_not_checked(VERDICT_WARN, "needs the broker"), VERDICT_WARN,
		"not checked: needs the broker");
}

static void test_funding(void **state)
{
	struct doctor_funding funding = {0};

	(void)state;
	assert_finding(evaluate_funding(&funding), VERDICT_OK, "no charge waits for its fund");
	funding.waiting = 1;
	(void)snprintf(funding.oldest, sizeof(funding.oldest), "2026-09");
	assert_string_equal(evaluate_funding(&funding).text,
		"1 institution-month waits to be funded, oldest 2026-09: run 'hubmeter rate'");
	funding.waiting = 2;
	assert_finding(evaluate_funding(&funding), VERDICT_WARN, "2 institution-months wait to");
	funding.plans = (struct doctor_names){.count = 1, .which = "lasers of uni"};
	assert_finding(evaluate_funding(&funding), VERDICT_WARN,
		"'hubmeter rate'; 1 plan version should hold already and waits for approval: "
		"lasers of uni: 'hubmeter plan check', then 'hubmeter plan approve'");
	funding = (struct doctor_funding){
		.unfunded = {.count = DOCTOR_NAMES_SHOWN + 1, .which = "uni: 3 EUR\n(no plan)"}};
	assert_string_equal(evaluate_funding(&funding).text,
		"charges of the last 62 days that no fund pays: uni: 3 EUR (no plan), ...: "
		"'hubmeter report funds'");
	funding.plans = (struct doctor_names){.count = 2, .which = "a, b"};
	assert_finding(evaluate_funding(&funding), VERDICT_WARN,
		"2 plan versions should hold already and wait for approval: a, b: ");
	assert_finding(evaluate_funding(&funding), VERDICT_WARN, "plan approve'; charges of");
}

static void test_closing(void **state)
{
	struct doctor_names months = {0};

	(void)state;
	assert_finding(evaluate_closing(&months), VERDICT_OK, "no month should be closed by now");
	months = (struct doctor_names){.count = 1, .which = "uni 2026-07"};
	assert_string_equal(evaluate_closing(&months).text,
		"1 month ended more than 45 days ago: uni 2026-07: 'hubmeter close check'");
	assert_finding(evaluate_closing(&months), VERDICT_WARN, "1 month");
}

/* What does not fit is cut off, wherever that is. */
static void test_funding_at_length(void **state)
{
	struct doctor_funding funding = {.waiting = 1, .plans.count = 1, .unfunded.count = 1};

	(void)state;
	memset(funding.plans.which, 'p', sizeof(funding.plans.which) - 1);
	for (size_t size = 0; size < sizeof(funding.unfunded.which) - 1; size++) {
		funding.unfunded.which[size] = 'u';
		assert_in_range(strlen(evaluate_funding(&funding).text), 1, FINDING_SIZE - 1);
	}
	assert_int_equal(strlen(evaluate_funding(&funding).text), FINDING_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broker),
		cmocka_unit_test(test_database),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_lag),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_suspense),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_charges),
		cmocka_unit_test(test_funding),
		cmocka_unit_test(test_closing),
		cmocka_unit_test(test_funding_at_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
