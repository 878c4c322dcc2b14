/* Reads what it needs to know about the parent; that is asked for once for each new claim. */
#include "collector/source/process/whose/vouch.h"

#include "collector/config.h"
#include "collector/source/process/whose/account.h"

#define PASSWD_FILE "1/root/etc/passwd" /* the machine's, also for who looks out of a container */

static enum account_verdict ask_account(
	const struct process_source *source, const struct newcomer *newcomer)
{
	size_t size;

	if (proc_read_file(&source->proc, PASSWD_FILE, source->passwd, PROCESS_PASSWD_MAX, &size) <
		0)
		return ACCOUNT_SAYS_NOTHING;
	return account_judge(source->passwd, size, newcomer->uid, newcomer->claim->user);
}

/* Whether a server was there before @parent whose account is @parent's. */
static bool may_come_from_server(
	const struct server *servers, const struct process *parent, uint32_t uid)
{
	for (const struct server *s = servers; s; s = s->next)
		if (s->uid == uid && s->end_usec < 0 && s->start_ticks <= parent->start_ticks)
			return true;
	return false;
}

/* @uid: of the parent. */
static bool may_vouch(const struct process_source *source, const struct process *parent,
	uint32_t uid, const struct newcomer *newcomer)
{
	if (source->config->shared_account || uid == 0)
		return true;
	return uid == newcomer->uid && !may_come_from_server(source->servers, parent, uid);
}

static const struct process *outsider(const struct process_source *source, int32_t pid)
{
	size_t at = pid > INIT_PID ? process_table_find_live(&source->table, pid) : PROCESS_NONE;

	return at == PROCESS_NONE || source->table.entry[at].server ? NULL
								    : &source->table.entry[at];
}

static struct vouch vouch_of_parent(
	const struct process_source *source, const struct newcomer *newcomer)
{
	const struct process *parent = outsider(source, newcomer->parent);
	struct vouch vouch = {0};
	uint64_t cgroup = 0;
	uint32_t uid;

	if (!parent || proc_read_uid(&source->proc, parent->pid, &uid) < 0 ||
		!may_vouch(source, parent, uid, newcomer))
		return vouch;
	(void)proc_read_cgroup_key(&source->proc, parent->pid, &cgroup); /* 0: not known */
	vouch.by_parent = true;
	if (cgroup == 0 || newcomer->cgroup == 0)
		return vouch;
	vouch.has_own_cgroup = cgroup != newcomer->cgroup;
	vouch.is_own_account = uid != newcomer->uid && !vouch.has_own_cgroup;
	return vouch;
}

/* What the machine says of an account weighs more than who was the first to use it. */
static void note_owner(
	struct process_source *source, uint32_t uid, const struct vouch *vouch, const char *user)
{
	if (vouch->by_account)
		account_owners_set(&source->owners, uid, user);
	else
		account_owners_note(&source->owners, uid, user);
}

/* Whether the account speaks against the claim. @ret_confirms: it speaks for it. */
static bool account_denies(
	struct process_source *source, const struct newcomer *newcomer, bool *ret_confirms)
{
	enum account_verdict verdict = ask_account(source, newcomer);

	*ret_confirms = verdict == ACCOUNT_CONFIRMS;
	return verdict == ACCOUNT_DENIES ||
	       (!*ret_confirms &&
		       account_owners_deny(&source->owners, newcomer->uid, newcomer->claim->user));
}

struct vouch vouch_for(struct process_source *source, const struct newcomer *newcomer)
{
	struct vouch vouch = vouch_of_parent(source, newcomer);

	if (source->config->shared_account) {
		vouch.is_own_account = false;
		return vouch;
	}
	if (account_denies(source, newcomer, &vouch.by_account))
		return (struct vouch){0};
	if (vouch.is_own_account)
		note_owner(source, newcomer->uid, &vouch, newcomer->claim->user);
	return vouch;
}

bool vouch_is_denied(
	struct process_source *source, const struct server_identity *claim, uint32_t uid)
{
	const struct newcomer newcomer = {.claim = claim, .uid = uid};
	bool confirms;

	return !source->config->shared_account && account_denies(source, &newcomer, &confirms);
}
