/*
 * Why: gathers what the judgements need; a broker or database that is away does not stop the
 * checks of the other.
 */
#include "cli/command/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/broker.h"
#include "cli/command/doctor_evaluate.h"
#include "cli/command/migrate.h"
#include "cli/store/store.h"
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
	bool failed;
};

static void tell(struct doctor *d, const char *check, struct finding finding)
{
	(void)printf("%s %-10s  %s\n", verdict_name(finding.verdict), check, finding.text);
	d->failed = d->failed || finding.verdict == VERDICT_FAIL;
}

static void tell_unless(struct doctor *d, const char *check, int r, struct finding finding)
{
	tell(d, check, r < 0 ? judge_not_checked(VERDICT_WARN, store_error(d->store)) : finding);
}

static void check_broker(struct doctor *d)
{
	int r = broker_open(&d->config->kafka, &d->broker);

	if (r == 0)
		r = broker_topics(d->broker, &d->topics);
	d->broker_up = r == 0;
	if (r < 0) {
		tell(d, "broker",
			judge_broker(d->broker ? broker_error(d->broker) : strerror(-r), 0));
		tell(d, "topics", judge_not_checked(VERDICT_WARN, "needs the broker"));
		return;
	}
	tell(d, "broker", judge_broker(NULL, d->topics.n_brokers));
	tell(d, "topics", judge_topics(d->topics.count));
}

static void check_database(struct doctor *d)
{
	d->store = store_new(d->config->postgres);
	d->store_up = d->store && store_connect(d->store) == 0;
	tell(d, "database",
		judge_database(d->store_up ? NULL
			       : d->store  ? store_error(d->store)
					   : "out of memory"));
}

static struct finding compare_schema(struct doctor *d, const struct migrations *m)
{
	struct doctor_schema schema = {.file_version = (unsigned)m->schema.count};
	char reason[MIGRATE_REASON_SIZE];
	size_t applied = 0;
	int r = migrations_compare(d->store, m, &applied, &schema.outdated, reason);

	if (r == -EPERM)
		schema.fault = reason;
	else if (r < 0)
		return judge_not_checked(VERDICT_WARN, reason);
	schema.database_version = (unsigned)applied;
	return judge_schema(&schema);
}

static void check_schema(struct doctor *d)
{
	struct migrations migrations;
	char reason[MIGRATE_REASON_SIZE];

	if (migrations_load(d->config->sql_dir, &migrations, reason) < 0) {
		tell(d, "schema", judge_not_checked(VERDICT_FAIL, reason));
		return;
	}
	tell(d, "schema", compare_schema(d, &migrations));
	migrations_release(&migrations);
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
	if (store_doctor_partitions(d->store, &d->partitions, &d->n_partitions) < 0) {
		tell(d, "lag", judge_not_checked(VERDICT_WARN, store_error(d->store)));
		tell(d, "stopped", judge_not_checked(VERDICT_WARN, store_error(d->store)));
		return;
	}
	if (!d->broker_up)
		tell(d, "lag", judge_not_checked(VERDICT_WARN, "needs the broker"));
	else if (measure_partitions(d) < 0)
		tell(d, "lag", judge_not_checked(VERDICT_FAIL, broker_error(d->broker)));
	else
		tell(d, "lag", judge_lag(d->partitions, d->n_partitions));
	tell(d, "stopped", judge_stopped(d->partitions, d->n_partitions));
}

static void check_usage(struct doctor *d)
{
	struct doctor_nodes nodes = {0};
	struct doctor_quarantine quarantine = {0};
	struct doctor_gaps gaps = {0};
	int r;

	r = store_doctor_nodes(d->store, d->config->silent_after, &nodes);
	tell_unless(d, "nodes", r, judge_nodes(&nodes));
	r = store_doctor_quarantine(d->store, &quarantine);
	tell_unless(d, "quarantine", r, judge_quarantine(&quarantine));
	r = store_doctor_gaps(d->store, &gaps);
	tell_unless(d, "gaps", r, judge_gaps(&gaps));
}

static void check_charges(struct doctor *d)
{
	struct doctor_unpriced unpriced = {0};
	struct doctor_dirty dirty = {0};
	int r;

	r = store_doctor_unpriced(d->store, &unpriced);
	tell_unless(d, "prices", r, judge_unpriced(&unpriced));
	r = store_doctor_dirty(d->store, &dirty);
	tell_unless(d, "rating", r, judge_dirty(&dirty));
}

static void skip_database_checks(struct doctor *d)
{
	static const char *const checks[] = {
		"schema", "lag", "stopped", "nodes", "quarantine", "gaps", "prices", "rating"};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		tell(d, checks[i], judge_not_checked(VERDICT_WARN, "needs the database"));
}

int doctor_run(const struct config *config, char **arguments)
{
	struct doctor d = {.config = config};

	(void)arguments;
	check_broker(&d);
	check_database(&d);
	if (d.store_up) {
		check_schema(&d);
		check_partitions(&d);
		check_usage(&d);
		check_charges(&d);
	} else {
		skip_database_checks(&d);
	}
	free(d.partitions);
	broker_topics_release(&d.topics);
	broker_free(d.broker);
	store_free(d.store);
	return d.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
