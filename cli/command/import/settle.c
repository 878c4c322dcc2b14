#include "cli/command/import/settle.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/command/command.h"

static int print_effect(struct store *store, int64_t run)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "hubmeter: working out what charges change ...\n");
	return store_import_effect(store, run, command_print_line, NULL);
}

int import_settle(struct store *store, int64_t run, bool has_changed, bool is_dry_run)
{
	int r = has_changed ? print_effect(store, run) : 0;

	if (r < 0)
		return r;
	if (has_changed && !is_dry_run)
		return store_commit(store);
	store_rollback(store);
	return 0;
}
