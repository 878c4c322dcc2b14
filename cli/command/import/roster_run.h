/*
 * What importers of rosters have in common: one transaction that checks everything, then takes all
 * of it over or nothing, and says what changed.
 *
 * Life cycle: roster_run_begin() -> store_roster_copy()* -> roster_run_settle() ->
 * roster_run_end(), whatever the others returned. All return the program's exit status and have
 * said what is wrong.
 */
#ifndef CLI_COMMAND_IMPORT_ROSTER_RUN_H
#define CLI_COMMAND_IMPORT_ROSTER_RUN_H

#include <stdint.h>

#include "cli/config.h"
#include "cli/roster/sheet.h"
#include "cli/store/store.h"

struct roster_run {
	const struct config *config;
	struct roster roster;
	struct store *store;
	struct roster_kinds kinds;

	/* The caller's: whose errors they are, and what it was. */
	struct sheet *sheet;
	size_t n_sheets;
	const char *what; /* "7 files" */
	uint64_t rows;
	char whole_kinds[256]; /* with commas between */

	struct input_errors other; /* errors of no sheet */
	uint64_t errors;
	uint64_t changed;
};

/* --institution and --hub are there, or it has been said that they must. */
int roster_run_check_options(const struct config *config);

/* Connect, and make the tables for @format. @creates_people: also without being asked to. */
int roster_run_begin(struct roster_run *run, const struct config *config, const char *format,
	bool creates_people);
/* @detail: what charge.run says of it. */
int roster_run_settle(struct roster_run *run, const char *detail);
void roster_run_end(struct roster_run *run);

/* All files of @kind are the whole truth. */
void roster_run_is_whole(struct roster_run *run, const char *kind);

/* "hubmeter: cannot import the roster: REASON". */
int roster_run_fail(const struct roster_run *run);

#endif
