/* Only whether two names are the same is ever asked of those remembered, so no name is kept. */
#include "collector/source/process/whose/account.h"

#include <string.h>

#include "collector/source/passwd.h"
#include "common/sha256.h"

enum account_verdict account_judge(const char *passwd, size_t size, uint32_t uid, const char *user)
{
	enum account_verdict verdict = ACCOUNT_SAYS_NOTHING;
	const char *at = passwd;
	struct passwd_account account;

	while (verdict != ACCOUNT_CONFIRMS && passwd_next(&at, passwd + size, &account)) {
		if (strlen(user) != account.name_size ||
			memcmp(user, account.name, account.name_size) != 0)
			continue;
		verdict = account.uid == uid ? ACCOUNT_CONFIRMS : ACCOUNT_DENIES;
	}
	return uid == 0 && verdict == ACCOUNT_CONFIRMS ? ACCOUNT_SAYS_NOTHING : verdict;
}

static uint64_t key_of(const char *user)
{
	struct sha256 sha;
	uint8_t digest[SHA256_SIZE];
	uint64_t key;

	sha256_init(&sha);
	sha256_add(&sha, user, strlen(user));
	sha256_end(&sha, digest);
	memcpy(&key, digest, sizeof(key));
	return key;
}

static const struct account_owner *find(const struct account_owners *owners, uint32_t uid)
{
	size_t count = owners->count < ACCOUNT_OWNERS ? owners->count : ACCOUNT_OWNERS;

	for (size_t i = 0; i < count; i++)
		if (owners->entry[i].uid == uid)
			return &owners->entry[i];
	return NULL;
}

/* The entry of @uid, a new one if there is none. */
static struct account_owner *entry_of(struct account_owners *owners, uint32_t uid)
{
	const struct account_owner *known = find(owners, uid);

	return known ? &owners->entry[known - owners->entry]
		     : &owners->entry[owners->count++ % ACCOUNT_OWNERS];
}

void account_owners_note(struct account_owners *owners, uint32_t uid, const char *user)
{
	if (!find(owners, uid))
		account_owners_set(owners, uid, user);
}

void account_owners_set(struct account_owners *owners, uint32_t uid, const char *user)
{
	*entry_of(owners, uid) = (struct account_owner){.user_key = key_of(user), .uid = uid};
}

void account_owners_close(struct account_owners *owners, uint32_t uid)
{
	*entry_of(owners, uid) = (struct account_owner){.uid = uid, .is_closed = true};
}

bool account_owners_deny(const struct account_owners *owners, uint32_t uid, const char *user)
{
	const struct account_owner *owner = find(owners, uid);

	return owner && (owner->is_closed || owner->user_key != key_of(user));
}
