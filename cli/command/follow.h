/*
 * The resident mode of `hubmeter rate`: charges follow usage within a minute.
 *
 * PostgreSQL announces what waits for rating (ingest.announce); behind a pooler that passes nothing
 * on, we look by ourselves. Without a database the process ends with a failure, to be started again
 * by whoever supervises it; SIGTERM and SIGINT end it between two hub-days.
 */
#ifndef CLI_COMMAND_FOLLOW_H
#define CLI_COMMAND_FOLLOW_H

#include <stdbool.h>
#include <time.h>

#include "cli/store/store.h"

/* An exit status. */
int follow(struct store *store);

/* Have SIGTERM and SIGINT end what goes on, where it looks: for others that stay, too. */
void follow_begin(void);
/* Has it been asked to end? Rating asks between two hub-days. */
bool follow_is_ending(void);
/* Wait until there is something to read from @fd (-1: nothing), @seconds are over or it is to end.
 */
void follow_pause(int fd, time_t seconds);

#endif
