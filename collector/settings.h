/*
 * The configuration of a running collector, and reading it again on SIGHUP.
 *
 * Invariants
 *  - Either all of the new configuration is sound, or nothing changes and the log says why.
 *  - Only options that options.def calls reloadable change. What else differs is named in the log
 *    and waits for a restart. Nothing is opened or closed: no spool, no connection, no source.
 *
 * Life cycle: settings_parse() -> settings_reload()* -> config_release(&settings->config).
 */
#ifndef COLLECTOR_SETTINGS_H
#define COLLECTOR_SETTINGS_H

#include "collector/config.h"
#include "collector/loop.h"
#include "collector/spool/spool.h"

struct settings {
	struct config config; /* who borrows it sees what is reloaded */
	int argc;
	char **argv; /* borrowed, to be parsed again */
};

/* As config_parse(), and how much is logged is set. */
enum option_action settings_parse(struct settings *settings, int argc, char **argv,
	const char *(*libraries)(void), FILE *out, FILE *err);

/* What the loop needs of it. */
void settings_timing(struct settings *settings, const struct clock *clock, struct loop_config *ret);

/* What the spool needs of it, and where it is. Borrows the directory's name. */
void settings_spooling(const struct settings *settings, struct spool_config *ret);

/* Read it again. 0, or -EINVAL: refused, which was logged. */
int settings_reload(struct settings *settings);

#endif
