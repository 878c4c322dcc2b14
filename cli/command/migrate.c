/*
 * Everything is compared first; only a database whose past is known is brought forward. Whoever
 * reads meanwhile waits for a moment at most: a lock that somebody else holds makes the attempt
 * start over instead of letting others queue up behind it.
 */
#include "cli/command/migrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "common/clock.h"
#include "hubmeter/cleanup.h"

#define PATIENCE_USEC (60LL * 1000 * 1000)
#define PAUSE_NSEC    (200L * 1000 * 1000)

static const char act[] = "migrate";

struct plan {
	size_t applied; /* files of the schema that are there */
	bool outdated;	/* functions, views and triggers are to be made anew */
	unsigned attempts;
};

static int copy_error(struct store *store, int r, char reason[MIGRATE_REASON_SIZE])
{
	(void)snprintf(reason, MIGRATE_REASON_SIZE, "%s", store_error(store));
	return r;
}

/* Within the transaction. Functions and views pin tables, so they go first and come back last. */
static int apply(struct store *store, const struct migrations *m, const struct plan *plan)
{
	int r = plan->applied > 0 ? store_migrate_drop_sources(store, plan->attempts % 2) : 0;

	for (size_t i = plan->applied; i < m->schema.count && r == 0; i++)
		r = store_migrate_apply_schema(store, &m->schema.file[i]);
	if (r == 0)
		r = store_migrate_note_objects(store);
	for (size_t i = 0; i < m->sources.count && r == 0; i++)
		r = store_migrate_apply_source(store, &m->sources.file[i], i + 1);
	if (r == 0 && plan->applied > 0)
		r = store_migrate_restore_grants(store);
	return r;
}

/* One transaction. Another migration may have been faster: what is to be done is seen inside it. */
static int attempt(struct store *store, const struct migrations *m, struct plan *ret,
	char reason[MIGRATE_REASON_SIZE])
{
	int r = store_migrate_begin(store);

	if (r < 0)
		return copy_error(store, r, reason);
	r = migrations_compare(store, m, &ret->applied, &ret->outdated, reason);
	if (r < 0)
		return r;
	if (ret->applied == m->schema.count && !ret->outdated)
		return 0;
	r = apply(store, m, ret);
	if (r == 0)
		r = store_commit(store);
	return r < 0 ? copy_error(store, r, reason) : 0;
}

static void pause_shortly(void)
{
	(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NSEC}, NULL); /* shorter does no harm */
}

static int give_up(struct store *store, const char *reason)
{
	char text[2 * MIGRATE_REASON_SIZE];
	char who[512] = "";

	(void)store_migrate_blockers(store, who, sizeof(who)); /* then nobody is named */
	(void)snprintf(text, sizeof(text),
		"for a minute others have used what is to be made anew: %s: end these sessions or "
		"try later",
		*who ? who : reason);
	return command_failed(act, text);
}

static void print_done(const struct migrations *m, const struct plan *plan)
{
	unsigned version = m->schema.file[m->schema.count - 1].version;

	if (plan->applied == m->schema.count && !plan->outdated) {
		(void)printf("schema is at version %u, nothing to do\n", version);
		return;
	}
	for (size_t i = plan->applied; i < m->schema.count; i++)
		(void)printf("applied %s\n", m->schema.file[i].name);
	(void)printf("made functions and views anew (%zu files)\n", m->sources.count);
	(void)printf("schema is at version %u\n", version);
}

static int bring_forward(struct store *store, const struct migrations *m)
{
	int64_t deadline = clock_monotonic_usec(&clock_system) + PATIENCE_USEC;
	char reason[MIGRATE_REASON_SIZE];
	struct plan plan = {0};

	while (attempt(store, m, &plan, reason) < 0) {
		bool blocked = store_migrate_is_blocked(store, plan.applied == 0);

		store_rollback(store);
		plan.attempts++;
		if (!blocked)
			return command_failed(act, reason);
		if (clock_monotonic_usec(&clock_system) > deadline)
			return give_up(store, reason);
		pause_shortly();
	}
	print_done(m, &plan);
	return EXIT_SUCCESS;
}

static int migrate(struct store *store, const struct migrations *m)
{
	char reason[MIGRATE_REASON_SIZE];
	struct server server;
	struct plan plan;

	if (store_migrate_server(store, &server) < 0)
		return command_failed(act, store_error(store));
	if (migrate_check_server(&server, reason) < 0)
		return command_failed(act, reason);
	if (migrations_compare(store, m, &plan.applied, &plan.outdated, reason) < 0)
		return command_failed(act, reason);
	if (plan.applied == m->schema.count && !plan.outdated) {
		print_done(m, &plan);
		return EXIT_SUCCESS;
	}
	if (store_migrate_check_owner(store) < 0)
		return command_failed(act, store_error(store));
	return bring_forward(store, m);
}

int migrate_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct migrations migrations;
	char reason[MIGRATE_REASON_SIZE];
	int status;

	(void)arguments;
	if (migrations_load(config->sql_dir, &migrations, reason) < 0)
		return command_failed(act, reason);
	store = session_connect(config);
	status = store ? migrate(store, &migrations) : EXIT_FAILURE;
	migrations_release(&migrations);
	return status;
}
