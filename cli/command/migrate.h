/*
 * The schema's numbered files, and bringing a database up to them.
 *
 * Invariants
 *  - A file is NNNN_name.sql; versions count 1, 2, 3, ... without a hole.
 *  - Nothing is applied unless everything that was applied is unchanged and known.
 */
#ifndef CLI_COMMAND_MIGRATE_H
#define CLI_COMMAND_MIGRATE_H

#include "cli/config.h"
#include "cli/store/store.h"

struct migrations {
	struct migration *migration; /* by version */
	size_t count;
};

#define MIGRATE_REASON_SIZE 512

/* Version of a file's name, 0: not one of ours. */
unsigned migrate_version(const char *name);

/* All files of @dir. On failure @reason says why. The caller releases *@ret. */
int migrations_load(const char *dir, struct migrations *ret, char reason[MIGRATE_REASON_SIZE]);
void migrations_release(struct migrations *migrations);

int migrate_run(const struct config *config, char **arguments);

#endif
