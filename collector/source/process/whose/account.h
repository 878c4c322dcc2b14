/*
 * What the machine's accounts say of a claim "I am the server of that user".
 *
 * An account is the one thing that a process can't choose for itself. Where every person has one,
 * as with LocalProcessSpawner, sudospawner and batchspawner, it proves a claim or refutes it; where
 * all share one, as in containers or with SimpleLocalProcessSpawner, it says nothing.
 *
 * Life cycle of struct account_owners: zeroed -> account_owners_note()*.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_WHOSE_ACCOUNT_H
#define COLLECTOR_SOURCE_PROCESS_WHOSE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum account_verdict {
	ACCOUNT_SAYS_NOTHING,
	ACCOUNT_CONFIRMS, /* the account has the user's name */
	ACCOUNT_DENIES	  /* the user has an account of his own, and it is another one */
};

/*
 * What lines of passwd(5) in @passwd say when a process of @uid claims to be @user's. Pure. Uid 0
 * confirms nothing: whoever has that may be anybody.
 */
enum account_verdict account_judge(const char *passwd, size_t size, uint32_t uid, const char *user);

#define ACCOUNT_OWNERS 512u /* remembered; the oldest is forgotten first */

/*
 * Whose the accounts are for which somebody with the right to do so started servers. They are
 * remembered beyond the servers' end: what such a server left behind is still the same person's.
 */
struct account_owner {
	uint64_t user_key; /* the beginning of the SHA-256 of the user's name */
	uint32_t uid;
	bool is_closed; /* nobody's server is seen among its processes */
};

struct account_owners {
	struct account_owner entry[ACCOUNT_OWNERS];
	size_t count; /* of accounts ever noted */
};

/* The first one keeps it. */
void account_owners_note(struct account_owners *owners, uint32_t uid, const char *user);

/* It is @user's now, whoever had it: accounts are renamed and given away. */
void account_owners_set(struct account_owners *owners, uint32_t uid, const char *user);

/*
 * Its servers are units, which the service manager starts and names. Whatever else runs under it,
 * from cron or a session, is none, whoever has it by the list above.
 */
void account_owners_close(struct account_owners *owners, uint32_t uid);

/* Whether @uid is the own account of somebody else than @user, or closed. */
bool account_owners_deny(const struct account_owners *owners, uint32_t uid, const char *user);

#endif
