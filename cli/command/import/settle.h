/*
 * The end of every import: what charges change by it, then it is kept or taken back.
 */
#ifndef CLI_COMMAND_IMPORT_SETTLE_H
#define CLI_COMMAND_IMPORT_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/store/store.h"

/*
 * Say what rating will make of what the charge run @run changed, while it can still be taken back.
 * Then commit, or roll back when it is a dry run or nothing has changed. Negative: store_error().
 */
int import_settle(struct store *store, int64_t run, bool has_changed, bool is_dry_run);

#endif
