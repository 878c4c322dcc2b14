/*
 * Names of systemd's units, as the spawners of JupyterHub make them. Pure.
 *
 *	jupyter-{USERNAME}-singleuser		systemdspawner
 *	jupyter-{USERNAME}			The Littlest JupyterHub
 *
 * systemd-run writes each byte that a unit's name may not have as \xNN. The user is what the hub
 * calls him: that is in the unit, while the Unix account may be made up and cut.
 */
#ifndef COLLECTOR_SOURCE_SYSTEMD_UNIT_H
#define COLLECTOR_SOURCE_SYSTEMD_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#define UNIT_NAME_MAX 255u

/*
 * Whether the directory @name is a unit of one of @templates, divided by spaces; the first that
 * fits. *ret_size bytes of the user's name go to @user, which may be any but NUL.
 */
bool unit_user(
	const char *templates, const char *name, char user[UNIT_NAME_MAX + 1], size_t *ret_size);

#endif
