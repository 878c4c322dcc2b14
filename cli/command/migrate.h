/*
 * The schema's files, and bringing a database up to them.
 *
 * Two kinds of file (see sql/README.md):
 *	schema/NNNN_name.sql	tables and what else holds rows: applied once, in order, then frozen
 *	the manifest's files	functions, views and triggers: all made anew when one of them
 *changes
 *
 * Invariants
 *  - Versions count 1, 2, 3, ... without a hole; the manifest names each of its files once.
 *  - Nothing is applied unless everything that was applied is unchanged and known.
 *  - All that a run does is one transaction: nobody ever sees a schema without its views.
 */
#ifndef CLI_COMMAND_MIGRATE_H
#define CLI_COMMAND_MIGRATE_H

#include "cli/config.h"
#include "cli/store/store.h"

struct sql_files {
	struct sql_file *file;
	size_t count;
};

struct migrations {
	struct sql_files schema;  /* by version */
	struct sql_files sources; /* in the manifest's order */
};

#define MIGRATE_REASON_SIZE 2048

/* Version of a file's name, 0: not one of ours. */
unsigned migrate_version(const char *name);

/* All files of @dir. On failure @reason says why. The caller releases *@ret. */
int migrations_load(const char *dir, struct migrations *ret, char reason[MIGRATE_REASON_SIZE]);
void migrations_release(struct migrations *migrations);

/* Can the schema live on @server? -EPERM: no, and @reason says what is wanted. */
int migrate_check_server(const struct server *server, char reason[MIGRATE_REASON_SIZE]);

/*
 * Compare with the database: *@ret_applied of the schema's files are applied; *@ret_outdated: the
 * manifest's are not all as they were applied. Changes nothing.
 * -EPERM: the database is not one that these files can bring forward; @reason says why.
 */
int migrations_compare(struct store *store, const struct migrations *m, size_t *ret_applied,
	bool *ret_outdated, char reason[MIGRATE_REASON_SIZE]);

int migrate_run(const struct config *config, char **arguments);

#endif
