/* Only whether two names are the same is ever asked of those remembered, so no name is kept. */
#include "collector/source/process/account.h"

#include <string.h>

#include "collector/proc/proc_parse.h"
#include "common/sha256.h"

/* Field @number, counted from 0, of the line [@line, @end), if another one follows. */
static bool field(const char *line, const char *end, int number, const char **ret, size_t *ret_size)
{
	const char *colon;

	for (; number > 0; number--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			return false;
		line = colon + 1;
	}
	colon = memchr(line, ':', (size_t)(end - line));
	if (!colon)
		return false; /* the last line of a list that was cut: half a number is another one
			       */
	*ret = line;
	*ret_size = (size_t)(colon - line);
	return true;
}

/* One line: name:password:uid:... */
static enum account_verdict judge_line(
	const char *line, const char *end, uint32_t uid, const char *user)
{
	const char *name, *number;
	size_t name_size, number_size;
	uint64_t value;

	if (!field(line, end, 0, &name, &name_size) ||
		!field(line, end, 2, &number, &number_size) ||
		proc_parse_u64(number, number_size, &value) < 0)
		return ACCOUNT_SAYS_NOTHING;
	if (strlen(user) != name_size || memcmp(user, name, name_size) != 0)
		return ACCOUNT_SAYS_NOTHING;
	return value == uid ? ACCOUNT_CONFIRMS : ACCOUNT_DENIES;
}

enum account_verdict account_judge(const char *passwd, size_t size, uint32_t uid, const char *user)
{
	enum account_verdict verdict = ACCOUNT_SAYS_NOTHING;
	const char *at = passwd, *end = passwd + size;

	while (at < end && verdict != ACCOUNT_CONFIRMS) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		enum account_verdict line = judge_line(at, newline ? newline : end, uid, user);

		if (line != ACCOUNT_SAYS_NOTHING)
			verdict = line;
		at = newline ? newline + 1 : end;
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

void account_owners_note(struct account_owners *owners, uint32_t uid, const char *user)
{
	if (!find(owners, uid))
		owners->entry[owners->count++ % ACCOUNT_OWNERS] =
			(struct account_owner){.user_key = key_of(user), .uid = uid};
}

bool account_owners_has(const struct account_owners *owners, uint32_t uid)
{
	return find(owners, uid) != NULL;
}

bool account_owners_deny(const struct account_owners *owners, uint32_t uid, const char *user)
{
	const struct account_owner *owner = find(owners, uid);

	return owner && owner->user_key != key_of(user);
}
