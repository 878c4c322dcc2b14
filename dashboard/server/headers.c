/* In one place, so that no page can forget them. */
#include "dashboard/server/headers.h"

#include <stdio.h>
#include <string.h>

#define FILE_NAME_MAX	  100
#define STATUS_METHOD	  405
#define STATUS_TOO_OFTEN  429
#define STATUS_TOO_BUSY	  503
#define ONE_YEAR	  "max-age=31536000"
#define ALLOWED_CHARACTER "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const struct {
	const char *name, *value;
} always[] = {
	{"Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "same-origin"},
	{"X-Frame-Options", "DENY"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

static bool add_always(bool is_secure, headers_add_fn *add, void *context)
{
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (!add(context, always[i].name, always[i].value))
			return false;
	}
	return !is_secure || add(context, "Strict-Transport-Security", ONE_YEAR);
}

/* What a name may not have becomes _, so that no quoting is needed; no leading dot hides a file. */
static bool add_file_name(const char *name, headers_add_fn *add, void *context)
{
	char safe[FILE_NAME_MAX + 1];
	char value[FILE_NAME_MAX + sizeof("attachment; filename=\"\"")];
	size_t n = 0;

	for (; *name && n < FILE_NAME_MAX; name++) {
		safe[n] = '_';
		if (strchr(ALLOWED_CHARACTER, *name) && (n > 0 || *name != '.'))
			safe[n] = *name;
		n++;
	}
	safe[n] = '\0';
	(void)snprintf(value, sizeof(value), "attachment; filename=\"%s\"", safe); /* fits */
	return add(context, "Content-Disposition", value);
}

static bool add_for_status(unsigned status, headers_add_fn *add, void *context)
{
	switch (status) {
	case STATUS_METHOD:
		return add(context, "Allow", "GET, HEAD, POST");
	case STATUS_TOO_OFTEN:
	case STATUS_TOO_BUSY:
		return add(context, "Retry-After", "1");
	default:
		return true;
	}
}

static bool add_cookies(const struct response *response, headers_add_fn *add, void *context)
{
	for (size_t i = 0; i < RESPONSE_COOKIES_MAX && response->cookie[i]; i++) {
		if (!add(context, "Set-Cookie", response->cookie[i]))
			return false;
	}
	return true;
}

bool headers_make(
	const struct response *response, bool is_secure, headers_add_fn *add, void *context)
{
	bool has_type = response->type || response->body.size;
	const char *type = response->type ? response->type : "text/plain; charset=utf-8";
	const char *caching = response->may_be_cached ? "public, max-age=3600" : "no-store";

	return add_always(is_secure, add, context) && add(context, "Cache-Control", caching) &&
	       (!has_type || add(context, "Content-Type", type)) &&
	       (!response->location || add(context, "Location", response->location)) &&
	       (!response->file_name || add_file_name(response->file_name, add, context)) &&
	       add_for_status(response->status, add, context) &&
	       add_cookies(response, add, context);
}
