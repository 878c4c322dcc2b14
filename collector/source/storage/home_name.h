/*
 * Whose a directory of a root is, by its name alone. Pure.
 *
 * Templates are words with {username}, which stands for the user's name as it is, or {escaped},
 * which stands for it as spawners write it into names of files: -40 for @, -2d for a hyphen. The
 * first one that fits says who it is. A directory that fits none, or a pattern of shared ones, is
 * nobody's home.
 */
#ifndef COLLECTOR_SOURCE_STORAGE_HOME_NAME_H
#define COLLECTOR_SOURCE_STORAGE_HOME_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define HOME_NAME_MAX 255u /* bytes of a directory's name */

/* Templates and patterns of the shell, each divided by spaces. */
struct home_rules {
	const char *templates;
	const char *shared;
};

/* Whether every word of @templates has one place for the user; there is at least one word. */
bool home_templates_are_valid(const char *templates);

/* False: it is nobody's. @name has at most HOME_NAME_MAX bytes; the user is any bytes but NUL. */
bool home_user(const struct home_rules *rules, const char *name, char user[HOME_NAME_MAX + 1]);

#endif
