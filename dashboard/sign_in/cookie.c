/* The attributes are in one place, so that no cookie lacks one. */
#include "dashboard/sign_in/cookie.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define NAME_SIZE 64

static const char *prefix_of(const struct cookie_scope *scope)
{
	return scope->is_secure ? "__Secure-" : "";
}

int cookie_set(const struct cookie_scope *scope, const char *name, const char *value,
	int64_t seconds, char **ret)
{
	char *line;

	if (asprintf(&line, "%s%s=%s; Path=%s; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
		    prefix_of(scope), name, value, scope->prefix, seconds,
		    scope->is_secure ? "; Secure" : "") < 0)
		return -ENOMEM;
	*ret = line;
	return 0;
}

int cookie_delete(const struct cookie_scope *scope, const char *name, char **ret)
{
	return cookie_set(scope, name, "", 0, ret);
}

bool cookie_get(const struct cookie_scope *scope, const struct request *request, const char *name,
	size_t n, char *ret, size_t size)
{
	char whole[NAME_SIZE];

	(void)snprintf(whole, sizeof(whole), "%s%s", prefix_of(scope), name); /* fits */
	return n < COOKIE_TRIES && request_cookie(request, whole, n, ret, size);
}
