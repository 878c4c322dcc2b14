/*
 * The source `systemd`: servers that run as units of their own (systemdspawner, The Littlest
 * JupyterHub), in whatever slice they are, also those with an @ in the user's name, for which
 * systemd makes a slice of its own.
 *
 * The user is the unit's; the server's name, the tag and what is reserved are in the environment of
 * the unit's first process, read once, if it may be read. Everything else is group.h's.
 */
#ifndef COLLECTOR_SOURCE_SYSTEMD_SYSTEMD_SOURCE_H
#define COLLECTOR_SOURCE_SYSTEMD_SYSTEMD_SOURCE_H

#include "collector/source/source.h"

extern const struct source_ops systemd_source_ops;

#endif
