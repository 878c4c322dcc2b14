/* The cookie's name and purpose are nobody else's business. */
#include "dashboard/sign_in/session.h"

#include <stddef.h>

#define COOKIE	     "hubmeter_session"
#define PURPOSE	     "session"
#define USEC_PER_SEC 1000000

int64_t session_now_sec(const struct session_rules *rules)
{
	return clock_boottime_usec(rules->clock) / USEC_PER_SEC;
}

int session_begin(const struct session_rules *rules, const char *identity, char **ret)
{
	char sealed[SEAL_SIZE];
	int r = seal_make(
		&rules->key, PURPOSE, identity, session_now_sec(rules) + rules->seconds, sealed);

	return r < 0 ? r : cookie_set(&rules->scope, COOKIE, sealed, rules->seconds, ret);
}

bool session_identify(
	const struct session_rules *rules, const struct request *request, char ret[IDENTITY_SIZE])
{
	char sealed[SEAL_SIZE];

	for (size_t i = 0; cookie_get(&rules->scope, request, COOKIE, i, sealed, sizeof(sealed));
		i++) {
		if (seal_open(&rules->key, PURPOSE, sealed, session_now_sec(rules), ret,
			    IDENTITY_SIZE) == 0)
			return true;
	}
	return false;
}

int session_end(const struct session_rules *rules, char **ret)
{
	return cookie_delete(&rules->scope, COOKIE, ret);
}
