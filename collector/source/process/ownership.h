/*
 * Who belongs to which server. Pure: decides on what it is told, reads nothing.
 *
 * The rules, in order (reference: what JupyterHub 6 and its spawners really start):
 *  1. a process once in a tree stays in it, whatever it claims or whoever adopts it;
 *  2. a descendant of a tree's process belongs to that tree, whatever it claims;
 *  3. no non-empty JUPYTERHUB_USER (managed services have an empty one), or another hub than
 *     asked for: the system's;
 *  4. an orphan, that is a claim without ancestors in a tree, which is no sibling of the server
 *     and was started while that server lived: same user, server name, hub and uid as a known
 *     server's: that one;
 *  5. an orphan that claims a user whose known server has another uid, while exactly one other
 *     known server has this uid: that one. A claim is no proof;
 *  6. else a server of its own.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_OWNERSHIP_H
#define COLLECTOR_SOURCE_PROCESS_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/process/process_table.h"
#include "collector/source/process/server.h"

/* What an environment says. Absent and empty are both size 0. Borrows. */
struct environ_text {
	const char *data;
	size_t size;
};

struct server_environ {
	struct environ_text user, server, api_url, tag, cpu_guarantee, memory_guarantee;
};

void server_environ_parse(const char *data, size_t size, struct server_environ *ret);

/* Whether rule 3 lets it be a server; @api_url "": of any hub. */
bool server_environ_is_server(const struct server_environ *env, const char *api_url);

/* Copies of what names the server. -ENOMEM. */
int server_environ_identity(const struct server_environ *env, struct server_identity *ret);

/* The tree of the nearest ancestor of entry @index (rule 2); NULL: none. Cycles end the walk. */
struct server *ownership_inherited(const struct process_table *table, size_t index);

/* Rules 4 and 5 for a process of @uid started at @start_usec (boottime) below @parent. */
struct server *ownership_adopt(struct server *servers, const struct server_identity *identity,
	uint32_t uid, int32_t parent, int64_t start_usec, const struct process_table *table);

#endif
