/*
 * Why: everything is compared first; only a database whose past is known gets a future.
 */
#include "cli/command/migrate.h"

#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

static const char act[] = "migrate";

/* Whether the database is not ahead of the files. */
static bool check_newest(struct store *store, const struct migrations *m, int *ret)
{
	const struct migration *last = &m->migration[m->count - 1];
	char reason[MIGRATE_REASON_SIZE];
	char name[128];
	unsigned version;

	if (store_migrate_newest(store, &version, name) < 0) {
		*ret = command_failed(act, store_error(store));
		return false;
	}
	if (version <= last->version)
		return true;
	(void)snprintf(reason, sizeof(reason),
		"the database has version %u (%s), the newest file is %s: install the hubmeter "
		"that "
		"belongs to the database",
		version, name, last->name);
	*ret = command_failed(act, reason);
	return false;
}

static bool refuse_file(const char *format_reason, const char *name, int *ret)
{
	char reason[MIGRATE_REASON_SIZE];

	(void)snprintf(reason, sizeof(reason), "%s %s", name, format_reason);
	*ret = command_failed(act, reason);
	return false;
}

/* Whether what was applied is what the files say; *ret_applied: how many were. */
static bool check_applied(
	struct store *store, const struct migrations *m, size_t *ret_applied, int *ret)
{
	size_t applied = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct migration *file = &m->migration[i];
		enum migration_state state;

		if (store_migrate_state(store, file, &state) < 0) {
			*ret = command_failed(act, store_error(store));
			return false;
		}
		if (state == MIGRATION_STATE_ALTERED)
			return refuse_file(
				"was changed after it was applied: restore it and put the "
				"change into a new file",
				file->name, ret);
		if (state == MIGRATION_STATE_SAME && applied < i)
			return refuse_file(
				"was applied, but not the file before it", file->name, ret);
		if (state == MIGRATION_STATE_SAME)
			applied++;
	}
	*ret_applied = applied;
	return true;
}

static int apply(struct store *store, const struct migrations *m, size_t applied)
{
	unsigned version = m->migration[m->count - 1].version;

	if (applied == m->count) {
		(void)printf("schema is at version %u, nothing to do\n", version);
		return EXIT_SUCCESS;
	}
	if (store_migrate_check_owner(store) < 0 || store_migrate_prepare(store) < 0)
		return command_failed(act, store_error(store));
	for (size_t i = applied; i < m->count; i++) {
		if (store_migrate_apply(store, &m->migration[i]) < 0)
			return command_failed(act, store_error(store));
		(void)printf("applied %s\n", m->migration[i].name);
		(void)fflush(stdout); /* main() asks ferror() */
	}
	(void)printf("schema is at version %u\n", version);
	return EXIT_SUCCESS;
}

static int migrate(struct store *store, const struct migrations *m)
{
	size_t applied;
	int status;

	if (store_migrate_lock(store) < 0)
		return command_failed(act, store_error(store));
	if (!check_newest(store, m, &status) || !check_applied(store, m, &applied, &status))
		return status;
	return apply(store, m, applied);
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
	store = session_open(config);
	status = store ? migrate(store, &migrations) : EXIT_FAILURE;
	migrations_release(&migrations);
	return status;
}
