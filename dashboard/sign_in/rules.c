/* Every choice that would let anybody in by mistake is refused at the start, with its reason. */
#include "dashboard/sign_in/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/sign_in/address.h"
#include "dashboard/sign_in/identity.h"

struct refusal {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int refuse(
	const struct refusal *refusal, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(refusal->text, refusal->size, format, arguments); /* cut is enough */
	va_end(arguments);
	return -EINVAL;
}

static bool is_given(const char *text)
{
	return text && *text;
}

static bool has_only(const char *text, const char *letters)
{
	return text[strspn(text, letters)] == '\0';
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

static bool is_prefix(const char *text)
{
	size_t size = text ? strlen(text) : 0;

	return size && size <= RULES_PREFIX_MAX && *text == '/' && text[size - 1] == '/' &&
	       !strstr(text, "//") && !strstr(text, "/.") && has_only(text, LETTERS "/");
}

static bool is_url(const char *text)
{
	return (begins_with(text, "http://") || begins_with(text, "https://")) &&
	       has_only(text, LETTERS "/:[]%@") && strstr(text, "//")[2];
}

static bool is_path(const char *text)
{
	return *text == '/' && text[1] != '/' && has_only(text, LETTERS "/%");
}

static int check_common(const struct sign_in_options *options, const struct refusal *refusal)
{
	if (!is_prefix(options->prefix))
		return refuse(refusal,
			"the prefix \"%s\" is none: it begins and ends with /, with letters, "
			"digits and -._~ between",
			options->prefix ? options->prefix : "");
	if (options->session_usec < 1000000)
		return refuse(refusal, "a session must last a second or longer");
	if (!options->n_workers)
		return refuse(refusal, "nobody can sign in without a worker");
	return 0;
}

static int check_hub_urls(const struct sign_in_options *options, const struct refusal *refusal)
{
	if (!is_given(options->hub_url) ||
		(!is_url(options->hub_url) && !is_path(options->hub_url)))
		return refuse(refusal,
			"the hub's URL for browsers \"%s\" is none: it is like "
			"https://hub.example.org/hub/ or /hub/",
			options->hub_url ? options->hub_url : "");
	if (!is_given(options->hub_api_url) || !is_url(options->hub_api_url))
		return refuse(refusal,
			"the URL of the hub's API \"%s\" is none: it is like "
			"http://127.0.0.1:8081/hub/api",
			options->hub_api_url ? options->hub_api_url : "");
	return 0;
}

static int check_hub(const struct sign_in_options *options, const struct refusal *refusal)
{
	if (!is_given(options->hub_name) || !identity_is_hub(options->hub_name))
		return refuse(refusal,
			"the hub's name \"%s\" can't stand before a user's: it has letters, "
			"digits, - and _, and is neither " IDENTITY_PROXY " nor " IDENTITY_LOCAL,
			options->hub_name ? options->hub_name : "");
	if (!is_given(options->client_id))
		return refuse(
			refusal, "sign-in by the hub needs a client id, like service-hubmeter");
	if (!is_given(options->client_secret))
		return refuse(refusal,
			"sign-in by the hub needs a client secret, the API token of the service");
	return check_hub_urls(options, refusal);
}

/* What shows that we stand behind JupyterHub's own proxy; NULL: nothing does. */
static const char *sign_of_hub(const struct sign_in_options *options)
{
	if (begins_with(options->prefix, "/services/"))
		return "the prefix begins with /services/";
	if (getenv("JUPYTERHUB_API_TOKEN"))
		return "JUPYTERHUB_API_TOKEN is set";
	if (getenv("JUPYTERHUB_SERVICE_PREFIX"))
		return "JUPYTERHUB_SERVICE_PREFIX is set";
	if (is_given(options->hub_url))
		return "a hub's URL is given";
	if (is_given(options->client_id))
		return "a client id is given";
	return NULL;
}

static int check_proxy(const struct sign_in_options *options, const struct refusal *refusal)
{
	const char *sign = sign_of_hub(options);
	struct address_list list;

	if (sign)
		return refuse(refusal,
			"sign-in by a proxy's header is refused behind JupyterHub (%s): its proxy "
			"hands on what any browser says; sign in by the hub instead",
			sign);
	if (!is_given(options->proxy_from))
		return refuse(refusal,
			"sign-in by a proxy's header needs the addresses of the proxy, or anybody "
			"could send it");
	if (address_list_parse(options->proxy_from, &list) < 0)
		return refuse(refusal,
			"the addresses of the proxy \"%s\" are none: at most %d, as numbers, "
			"with commas between",
			options->proxy_from, ADDRESS_LIST_MAX);
	return 0;
}

static int check_link(const struct sign_in_options *options, const struct refusal *refusal)
{
	char identity[IDENTITY_SIZE];

	if (!is_given(options->link_file))
		return refuse(refusal, "sign-in by a link needs a file for it");
	if (!is_given(options->local_name) ||
		identity_make(IDENTITY_LOCAL, options->local_name, identity) < 0)
		return refuse(refusal,
			"the name \"%s\" can't be that of somebody who signs in by a link",
			options->local_name ? options->local_name : "");
	return 0;
}

int rules_check(const struct sign_in_options *options, char *error, size_t error_size)
{
	const struct refusal refusal = {.text = error, .size = error_size};
	int r;

	if (error_size)
		*error = '\0';
	r = check_common(options, &refusal);
	if (r < 0)
		return r;
	switch (options->way) {
	case SIGN_IN_WAY_HUB:
		return check_hub(options, &refusal);
	case SIGN_IN_WAY_PROXY:
		return check_proxy(options, &refusal);
	default:
		return check_link(options, &refusal);
	}
}
