/*
 * The resident mode of `hubmeter rate`: charges follow usage within a minute.
 *
 * PostgreSQL announces what waits for rating (ingest.announce); behind a pooler that passes nothing
 * on, we look by ourselves. Without a database the process ends with a failure, to be started again
 * by whoever supervises it; SIGTERM and SIGINT end it between two hub-days.
 */
#ifndef CLI_COMMAND_FOLLOW_H
#define CLI_COMMAND_FOLLOW_H

#include "cli/store/store.h"

/* An exit status. */
int follow(struct store *store);

/* Has it been asked to end? Rating asks between two hub-days. */
bool follow_is_ending(void);

#endif
