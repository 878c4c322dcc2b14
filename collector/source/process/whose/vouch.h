/*
 * Whether what a process says of itself may be believed: JUPYTERHUB_USER in an environment is a
 * claim, and everybody can make one.
 *
 * The server's parent may say whose it is if it can't have come out of a server itself:
 *  - it lives, and is neither init nor in a server's tree: init takes in everybody's orphans;
 *  - it is root's, or the server's account is its own and every other server of that is younger.
 *    Anybody can start processes under other numbers, in a user namespace. A machine where people
 *    are root proves nothing;
 *  - the account of the server does not speak against it: its own account of somebody else, unless
 *    the machine says that it has the user's name, or the user has another. An
 *    account whose servers are units has none but these. So a job of cron or an ssh session,
 *    whose parent is root's as well, has nobody else billed once a server of its account was seen.
 *
 * Else the server's account may: account.h; or later the hub itself, where it can be asked, which
 * process is whose: proven.c. With the option shared_account nobody's account says
 * anything, and every parent outside the trees is believed.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_WHOSE_VOUCH_H
#define COLLECTOR_SOURCE_PROCESS_WHOSE_VOUCH_H

#include <stdbool.h>

#include "collector/source/process/process_source.h"
#include "collector/source/process/whose/ownership.h"

struct vouch {
	bool by_parent;
	bool by_account;
	bool is_own_account; /* by_parent, and that gave it an account: the user's own */
	bool has_own_cgroup; /* by_parent, and that is in another cgroup: a container */
};

/* @newcomer has made a claim. */
struct vouch vouch_for(struct process_source *source, const struct newcomer *newcomer);

/* Whether the account @uid speaks against @claim, whoever else speaks for it. */
bool vouch_is_denied(
	struct process_source *source, const struct server_identity *claim, uint32_t uid);

#endif
