/*
 * A connection to the database for the length of a command.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/config.h"
#include "cli/store/store.h"

/* Connect; NULL after saying why not on standard error. The caller frees. */
struct store *session_open(const struct config *config);

static inline void session_closep(struct store **store)
{
	store_free(*store);
}

#endif
