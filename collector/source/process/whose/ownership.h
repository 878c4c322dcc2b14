/*
 * Who belongs to which server. Pure: decides on what it is told, reads nothing.
 *
 * The rules, in order (reference: what JupyterHub 6 and its spawners really start):
 *  1. a process once in a tree stays in it, whatever it claims or whoever adopts it;
 *  2. a descendant of a tree's process belongs to that tree, whatever it claims;
 *  3. no server's environment (server_environ.h): no claim;
 *  4. a claim of the same user, server name, hub and uid as a known server's is that server's, if
 *     it was made while that lived: a hub has one server of a name at a time, so this is what it
 *     left behind, or a probe or a helper in its container. A later one is the next server;
 *  5. without a claim that is vouched for (vouch.h), a process that init or another adopter took
 *     in is of the person whose own account it runs under, if it is in the cgroup of that
 *     person's server and no older: a daemon that shed its parents and its environment;
 *  6. a claim that remains is a server of its own. If nobody vouches for it, it is nobody's until
 *     somebody does: its user is empty, and what it reserves counts for nothing. Of such ones an
 *     account has CROWD_MAX at most, further ones count as one of them, so that nobody fills
 *     batches with names that he makes up. One that the hub proved is neither;
 *  7. everything else is the system's.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_WHOSE_OWNERSHIP_H
#define COLLECTOR_SOURCE_PROCESS_WHOSE_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/process/process_table.h"
#include "collector/source/process/server.h"
#include "collector/source/server_environ.h"

/* Copies of what names the server. -ENOMEM. */
int server_environ_identity(const struct server_environ *env, struct server_identity *ret);

/* The tree of the nearest ancestor of entry @index (rule 2); NULL: none. Cycles end the walk. */
struct server *ownership_inherited(const struct process_table *table, size_t index);

#define CROWD_MAX     16
#define CROWD_ALL_MAX 256 /* of all accounts: in a user namespace one may have thousands */

/* A process outside all trees. Times are microseconds of boottime. */
struct newcomer {
	const struct server_identity *claim; /* NULL: none, or of another hub */
	uint32_t uid;
	uint64_t cgroup; /* as of proc_read_cgroup_key(); 0: not known */
	int32_t parent;
	int64_t start_usec;
};

/* Rule 4; NULL: it is the next server, or none that is known. */
struct server *ownership_same_server(struct server *servers, const struct newcomer *newcomer,
	bool is_vouched, const struct process_table *table);

/* Rule 5. NULL: the account is nobody's own, or of several. */
struct server *ownership_by_account(struct server *servers, const struct newcomer *newcomer);

/* Rule 6: the one that takes in the others if the account of @uid may have no more of its own. */
struct server *ownership_crowd(struct server *servers, uint32_t uid);

#endif
