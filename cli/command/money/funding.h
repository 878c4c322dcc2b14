/*
 * Which funds pay for what was rated: the last part of `hubmeter rate`.
 */
#ifndef CLI_COMMAND_MONEY_FUNDING_H
#define CLI_COMMAND_MONEY_FUNDING_H

#include <stddef.h>

#include "cli/store/store.h"

/*
 * Fund all that waits, month by month, and say what came of it. What can't be funded is named,
 * counted in
 * @failed and left waiting. Fails only where there is no database to go on with.
 */
int funding_bring_up_to_date(struct store *store, size_t *failed);

#endif
