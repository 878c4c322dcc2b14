/*
 * What the files of this room share: which messages a command is about.
 */
#ifndef CLI_COMMAND_QUARANTINE_PRIVATE_H
#define CLI_COMMAND_QUARANTINE_PRIVATE_H

#include <stddef.h>

#include "cli/config.h"
#include "cli/store/quarantine.h"

/* Numbers of messages, as text. */
struct chosen {
	char **id;
	size_t count, capacity;
	int failed; /* -ENOMEM on the way */
};

void chosen_release(struct chosen *chosen);

/*
 * Those of @argument, which ends with NULL, or the open ones that the options choose. Returns an
 * exit status, and has said why. The caller releases *ret whatever is returned.
 */
int chosen_find(const struct config *config, struct store *store, const char *act, char **argument,
	struct chosen *ret);

/* Numbers [@first, @first + @count) of @chosen: "17,18". NULL: no memory. The caller frees. */
char *chosen_join(const struct chosen *chosen, size_t first, size_t count);

/* What the options say. @topic holds its name where it is a hub's. */
struct quarantine_filter filter_of(const struct config *config, char topic[256]);

int quarantine_show(const struct config *config, char **arguments);
int quarantine_retry(const struct config *config, char **arguments);

#endif
