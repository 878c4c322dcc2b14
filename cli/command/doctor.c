/*
 * Gathers what the checks need. What can't be checked for a reason that was already given is not
 * mentioned again: one cause is one line.
 */
#include "cli/command/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/broker/broker.h"
#include "cli/command/doctor_evaluate.h"
#include "cli/command/migrate.h"
#include "cli/store/store.h"
#include "common/format/safe_text.h"
#include "hubmeter/cleanup.h"

struct doctor {
	const struct config *config;
	struct broker *broker;
	bool broker_up;
	struct broker_topics topics;
	struct store *store;
	bool store_up;
	struct doctor_partition *partitions;
	size_t n_partitions;
	int reason; /* last error code for which something could not be checked */
	bool failed;
};

static void print_finding(struct doctor *d, const char *check, struct finding finding)
{
	(void)printf("%s %-10s  ", verdict_name(finding.verdict), check);
	safe_text_print(finding.text, stdout); /* names in it are a user's choice */
	(void)putchar('\n');
	d->failed = d->failed || finding.verdict == VERDICT_FAIL;
}

/* @finding, unless the database did not answer: then why, once. */
static void print_answer(struct doctor *d, const char *check, int r, struct finding finding)
{
	if (r >= 0)
		print_finding(d, check, finding);
	else if (r == -EACCES && d->reason != r)
		print_finding(d, check, evaluate_not_permitted(store_error(d->store)));
	else if (r != d->reason || r == -EIO)
		print_finding(d, check, evaluate_not_checked(VERDICT_WARN, store_error(d->store)));
	d->reason = r < 0 ? r : d->reason;
}

static void check_policies(struct doctor *d)
{
	struct doctor_names compacted = {0};
	size_t used = 0;

	if (broker_read_policies(d->broker, &d->topics) < 0) {
		print_finding(
			d, "policies", evaluate_not_checked(VERDICT_WARN, broker_error(d->broker)));
		return;
	}
	for (size_t i = 0; i < d->topics.count; i++) {
		if (!d->topics.topic[i].is_compacted)
			continue;
		if (compacted.count++ < DOCTOR_NAMES_SHOWN && used < sizeof(compacted.which))
			used += (size_t)snprintf(compacted.which + used,
				sizeof(compacted.which) - used, "%s%s", used ? ", " : "",
				d->topics.topic[i].name); /* cut to fit */
	}
	print_finding(d, "policies", evaluate_policies(&compacted));
}

static void check_broker(struct doctor *d)
{
	int r = broker_open(&d->config->kafka, &d->broker);

	if (r == 0)
		r = broker_topics(d->broker, &d->topics);
	d->broker_up = r == 0;
	if (r < 0) {
		print_finding(d, "broker",
			evaluate_broker(d->broker ? broker_error(d->broker) : strerror(-r), 0));
		return;
	}
	print_finding(d, "broker", evaluate_broker(NULL, d->topics.n_brokers));
	print_finding(d, "topics", evaluate_topics(d->topics.count));
	check_policies(d);
}

static void check_database(struct doctor *d)
{
	d->store = store_new(d->config->postgres);
	d->store_up = d->store && store_connect(d->store) == 0;
	print_finding(d, "database",
		evaluate_database(d->store_up ? NULL
				  : d->store  ? store_error(d->store)
					      : "out of memory"));
}

/* Whether there is a schema that the other checks can rely on. */
static bool compare_schema(struct doctor *d, const struct migrations *m)
{
	struct doctor_schema schema = {.file_version = (unsigned)m->schema.count};
	char reason[MIGRATE_REASON_SIZE];
	size_t applied = 0;
	int r = migrations_compare(d->store, m, &applied, &schema.outdated, reason);

	if (r < 0 && r != -EPERM) {
		print_answer(d, "schema", r, (struct finding){0});
		return true;
	}
	if (r == -EPERM)
		schema.fault = reason;
	schema.database_version = (unsigned)applied;
	print_finding(d, "schema", evaluate_schema(&schema));
	return !schema.fault && schema.database_version == schema.file_version;
}

static bool check_schema(struct doctor *d)
{
	struct migrations migrations;
	char reason[MIGRATE_REASON_SIZE];
	bool usable;

	if (migrations_load(d->config->sql_dir, &migrations, reason) < 0) {
		print_finding(d, "schema", evaluate_not_checked(VERDICT_FAIL, reason));
		return true;
	}
	usable = compare_schema(d, &migrations);
	migrations_release(&migrations);
	return usable;
}

static struct doctor_partition *find_partition(struct doctor *d, const char *topic, int partition)
{
	for (size_t i = 0; i < d->n_partitions; i++) {
		if (d->partitions[i].partition == partition &&
			strcmp(d->partitions[i].topic, topic) == 0)
			return &d->partitions[i];
	}
	return NULL;
}

static struct doctor_partition *add_partition(struct doctor *d, const char *topic, int partition)
{
	struct doctor_partition *grown =
		reallocarray(d->partitions, d->n_partitions + 1, sizeof(*grown));
	struct doctor_partition *p;

	if (!grown)
		return NULL;
	d->partitions = grown;
	p = &grown[d->n_partitions++];
	*p = (struct doctor_partition){.partition = partition, .next_offset = -1};
	(void)snprintf(p->topic, sizeof(p->topic), "%s", topic);
	return p;
}

/* Add what the broker says to one partition of what the database says. */
static int measure_partition(struct doctor *d, const char *topic, int partition)
{
	struct doctor_partition *p = find_partition(d, topic, partition);
	int64_t low, high;
	int r = broker_watermarks(d->broker, topic, partition, &low, &high);

	if (r < 0)
		return r;
	if (!p)
		p = add_partition(d, topic, partition);
	if (!p)
		return -ENOMEM;
	p->low = low;
	p->high = high;
	return 0;
}

static int measure_partitions(struct doctor *d)
{
	for (size_t i = 0; i < d->topics.count; i++) {
		for (int k = 0; k < d->topics.topic[i].partitions; k++) {
			int r = measure_partition(d, d->topics.topic[i].name, k);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static void check_partitions(struct doctor *d)
{
	int r = store_doctor_partitions(d->store, &d->partitions, &d->n_partitions);

	if (r < 0) {
		print_answer(d, "lag", r, (struct finding){0});
		return;
	}
	if (d->broker_up && measure_partitions(d) < 0)
		print_finding(
			d, "lag", evaluate_not_checked(VERDICT_FAIL, broker_error(d->broker)));
	else if (d->broker_up)
		print_finding(d, "lag", evaluate_lag(d->partitions, d->n_partitions));
	print_finding(d, "stopped", evaluate_stopped(d->partitions, d->n_partitions));
	print_finding(d, "waiting", evaluate_waiting(d->partitions, d->n_partitions));
}

static void check_usage(struct doctor *d)
{
	struct doctor_nodes nodes = {0};
	struct doctor_quarantine quarantine = {0};
	struct doctor_gaps gaps = {0};
	struct doctor_names measured = {0};
	int r;

	r = store_doctor_nodes(d->store, d->config->silent_after, &nodes);
	print_answer(d, "nodes", r, evaluate_nodes(&nodes));
	r = store_doctor_quarantine(d->store, &quarantine);
	print_answer(d, "quarantine", r, evaluate_quarantine(&quarantine));
	r = store_doctor_gaps(d->store, &gaps);
	print_answer(d, "gaps", r, evaluate_gaps(&gaps));
	r = store_doctor_measured(d->store, &measured);
	print_answer(d, "measured", r, evaluate_measured(&measured));
}

static void check_charges(struct doctor *d)
{
	struct doctor_names aliases = {0}, groups = {0}, homes = {0}, unpriced = {0}, failed = {0},
			    bills = {0}, charts = {0};
	struct doctor_dirty dirty = {0};
	int r;

	r = store_doctor_aliases(d->store, &aliases);
	print_answer(d, "aliases", r, evaluate_aliases(&aliases));
	r = store_doctor_groups(d->store, &groups);
	print_answer(d, "groups", r, evaluate_groups(&groups));
	r = store_doctor_homes(d->store, &homes);
	print_answer(d, "homes", r, evaluate_homes(&homes));
	r = store_doctor_unpriced(d->store, &unpriced);
	print_answer(d, "prices", r, evaluate_unpriced(&unpriced));
	r = store_doctor_bills(d->store, &bills);
	print_answer(d, "bills", r, evaluate_bills(&bills));
	r = store_doctor_charts(d->store, &charts);
	print_answer(d, "charts", r, evaluate_charts(&charts));
	r = store_doctor_failed(d->store, &failed);
	print_answer(d, "failed", r, evaluate_failed(&failed));
	r = store_doctor_dirty(d->store, &dirty);
	print_answer(d, "rating", r, evaluate_dirty(&dirty));
}

static void check_funding(struct doctor *d)
{
	struct doctor_funding funding = {0};
	struct doctor_names months = {0};
	int r = store_doctor_funding(d->store, &funding);

	print_answer(d, "funding", r, evaluate_funding(&funding));
	r = store_doctor_closing(d->store, &months);
	print_answer(d, "closing", r, evaluate_closing(&months));
}

int doctor_run(const struct config *config, char **arguments)
{
	struct doctor d = {.config = config};

	(void)arguments;
	check_broker(&d);
	check_database(&d);
	if (d.store_up && check_schema(&d)) {
		check_partitions(&d);
		check_usage(&d);
		check_charges(&d);
		check_funding(&d);
	}
	free(d.partitions);
	broker_topics_release(&d.topics);
	broker_free(d.broker);
	store_free(d.store);
	return d.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
