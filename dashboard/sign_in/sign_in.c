/* Which of the three ways answers; what is the same in all of them, ending a session, is here. */
#include "dashboard/sign_in/sign_in.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "dashboard/sign_in/address.h"
#include "dashboard/sign_in/destination.h"
#include "dashboard/sign_in/identity.h"
#include "dashboard/sign_in/notice.h"
#include "dashboard/sign_in/oauth.h"
#include "dashboard/sign_in/one_time_link.h"
#include "dashboard/sign_in/proxy.h"
#include "dashboard/sign_in/rules.h"
#include "dashboard/sign_in/session.h"
#include "hubmeter/cleanup.h"

#define USEC_PER_SEC 1000000

struct sign_in {
	struct sign_in_options options;
	struct session_rules session;
	struct oauth *oauth;	    /* SIGN_IN_WAY_HUB */
	struct proxy *proxy;	    /* SIGN_IN_WAY_PROXY */
	struct one_time_link *link; /* SIGN_IN_WAY_LINK */
	struct ration refused_links;
};

static int make_proxy(struct sign_in *sign_in)
{
	sign_in->proxy = calloc(1, sizeof(*sign_in->proxy));
	if (!sign_in->proxy)
		return -ENOMEM;
	sign_in->proxy->forged = (struct ration)RATION_INIT;
	sign_in->proxy->clock = sign_in->options.clock;
	return address_list_parse(sign_in->options.proxy_from, &sign_in->proxy->from);
}

static int make_link(struct sign_in *sign_in)
{
	sign_in->link = calloc(1, sizeof(*sign_in->link));
	if (!sign_in->link)
		return -ENOMEM;
	one_time_link_init(sign_in->link, sign_in->options.link_file);
	return 0;
}

static int make_way(struct sign_in *sign_in)
{
	switch (sign_in->options.way) {
	case SIGN_IN_WAY_HUB:
		return oauth_new(&sign_in->options, &sign_in->session, OAUTH_CONNECT_SEC,
			OAUTH_ANSWER_SEC, &sign_in->oauth);
	case SIGN_IN_WAY_PROXY:
		return make_proxy(sign_in);
	default:
		return make_link(sign_in);
	}
}

static int make_sign_in(const struct sign_in_options *options, struct sign_in **ret)
{
	hm_cleanup(sign_in_freep) struct sign_in *sign_in = calloc(1, sizeof(*sign_in));
	int r;

	if (!sign_in)
		return -ENOMEM;
	sign_in->options = *options;
	sign_in->refused_links = (struct ration)RATION_INIT;
	sign_in->session = (struct session_rules){
		.scope = {.prefix = options->prefix, .is_secure = options->is_secure},
		.seconds = options->session_usec / USEC_PER_SEC,
		.clock = options->clock};
	r = crypto_random(sign_in->session.key.bytes, sizeof(sign_in->session.key.bytes));
	if (r == 0)
		r = make_way(sign_in);
	if (r < 0)
		return r;
	*ret = hm_steal(&sign_in);
	return 0;
}

int sign_in_new(
	const struct sign_in_options *options, struct sign_in **ret, char *error, size_t error_size)
{
	int r = rules_check(options, error, error_size);

	if (r < 0)
		return r;
	r = make_sign_in(options, ret);
	if (r < 0)
		(void)snprintf(error, error_size, "can't prepare sign-in: %s", strerror(-r));
	return r;
}

void sign_in_free(struct sign_in *sign_in)
{
	if (!sign_in)
		return;
	oauth_free(sign_in->oauth);
	if (sign_in->link)
		one_time_link_release(sign_in->link);
	free(sign_in->link);
	free(sign_in->proxy);
	explicit_bzero(&sign_in->session.key, sizeof(sign_in->session.key));
	free(sign_in);
}

int sign_in_write_link(struct sign_in *sign_in, const char *base, char *error, size_t error_size)
{
	int r = one_time_link_write(sign_in->link, base);

	if (r < 0)
		(void)snprintf(error, error_size, "can't write the sign-in link to \"%s\": %s",
			sign_in->options.link_file, strerror(-r));
	return r;
}

bool sign_in_identify(
	const struct sign_in *sign_in, const struct request *request, char ret[IDENTITY_SIZE])
{
	switch (sign_in->options.way) {
	case SIGN_IN_WAY_HUB:
		return session_identify(&sign_in->session, request, ret);
	case SIGN_IN_WAY_PROXY:
		return proxy_identify(sign_in->proxy, request, ret);
	default:
		return address_is_loopback(request->address) &&
		       session_identify(&sign_in->session, request, ret);
	}
}

static void answer(
	const struct sign_in *sign_in, const struct notice *notice, struct response *response)
{
	notice_answer(notice, sign_in->options.prefix, response);
}

static void redirect_home(const struct sign_in *sign_in, struct response *response)
{
	char *location = strdup(sign_in->options.prefix);

	if (location)
		notice_redirect(location, response);
	else
		notice_fault(sign_in->options.prefix, response);
}

static void ask_proxy(const struct sign_in *sign_in, struct response *response)
{
	static const struct notice notice = {.status = 403,
		.title = "Not signed in",
		.text = "The proxy that stands before these pages must say who is reading, and did "
			"not. Please come by its address; if you did, tell whoever runs it."};

	answer(sign_in, &notice, response);
}

static void refuse_distance(const struct sign_in *sign_in, struct response *response)
{
	static const struct notice notice = {.status = 403,
		.title = "Only on this machine",
		.text = "These pages are for whoever sits at the machine that they run on."};

	answer(sign_in, &notice, response);
}

static void ask_link(
	const struct sign_in *sign_in, const struct request *request, struct response *response)
{
	const struct notice notice = {.status = 403,
		.title = "Not signed in",
		.text = "To sign in, open the link that stands in this file, which only its owner "
			"can read:",
		.code = sign_in->options.link_file};

	if (address_is_loopback(request->address))
		answer(sign_in, &notice, response);
	else
		refuse_distance(sign_in, response);
}

void sign_in_ask(struct sign_in *sign_in, const struct request *request, struct response *response)
{
	const char *prefix = sign_in->options.prefix;
	char destination[DESTINATION_SIZE];

	switch (sign_in->options.way) {
	case SIGN_IN_WAY_HUB:
		destination_of(request, prefix, destination);
		if (sign_in_owns(request->path))
			(void)snprintf(destination, sizeof(destination), "%s", prefix); /* fits */
		oauth_begin(sign_in->oauth, request, destination, response);
		break;
	case SIGN_IN_WAY_PROXY:
		ask_proxy(sign_in, response);
		break;
	default:
		ask_link(sign_in, request, response);
	}
}

static void refuse_link(
	struct sign_in *sign_in, const struct request *request, struct response *response)
{
	const struct notice notice = {.status = 403,
		.title = "This link has been used",
		.text = "A sign-in link works once. A new one stands in this file:",
		.code = sign_in->options.link_file};
	char quoted[LOG_QUOTED_SIZE];
	unsigned long count;

	if (ration_take(&sign_in->refused_links, sign_in->options.clock, &count))
		log_event(LOG_PRIORITY_WARNING, "sign_in_failed",
			"reason=unknown_link address=%s count=%lu",
			log_quote(quoted, request->address), count);
	answer(sign_in, &notice, response);
}

/* The answer leads away, so that the secret does not stay in the address bar. */
static void open_link(struct sign_in *sign_in, const struct request *request, const char *secret,
	struct response *response)
{
	char identity[IDENTITY_SIZE];

	if (!address_is_loopback(request->address))
		refuse_distance(sign_in, response);
	else if (!one_time_link_open(sign_in->link, secret))
		refuse_link(sign_in, request, response);
	else if (identity_make(IDENTITY_LOCAL, sign_in->options.local_name, identity) < 0 ||
		 session_begin(&sign_in->session, identity, &response->cookie[0]) < 0)
		notice_fault(sign_in->options.prefix, response);
	else
		redirect_home(sign_in, response);
}

static void answer_sign_in(struct sign_in *sign_in, size_t worker, const struct request *request,
	struct response *response)
{
	const char *secret = request_argument(request, "once", NULL);
	char identity[IDENTITY_SIZE];

	(void)worker;
	if (sign_in->options.way == SIGN_IN_WAY_LINK && secret)
		open_link(sign_in, request, secret, response);
	else if (sign_in_identify(sign_in, request, identity))
		redirect_home(sign_in, response);
	else
		sign_in_ask(sign_in, request, response);
}

static void answer_callback(struct sign_in *sign_in, size_t worker, const struct request *request,
	struct response *response)
{
	const struct notice notice = {.status = 404,
		.title = "There is nothing here",
		.text = "Nobody signs in here by a hub.",
		.link = sign_in->options.prefix,
		.link_text = "Go to the start"};

	if (sign_in->oauth)
		oauth_finish(sign_in->oauth, worker, request, response);
	else
		answer(sign_in, &notice, response);
}

static void offer_sign_out(const struct sign_in *sign_in, struct response *response)
{
	const struct notice notice = {.status = 200,
		.title = "Sign out",
		.text = "Do you want to sign out of these pages?",
		.link = "sign-out",
		.link_text = "Sign out",
		.is_button = true};

	answer(sign_in, &notice, response);
}

static void say_signed_out(const struct sign_in *sign_in, struct response *response)
{
	static const char *const text[] = {
		[SIGN_IN_WAY_HUB] = "You are signed out of these pages, and still signed in at the "
				    "hub.",
		[SIGN_IN_WAY_PROXY] = "It is the proxy before these pages that signs you in: sign "
				      "out there.",
		[SIGN_IN_WAY_LINK] = "You are signed out of these pages.",
	};
	const struct notice notice = {.status = 200,
		.title = "Signed out",
		.text = text[sign_in->options.way],
		.link = "sign-in",
		.link_text = "Sign in again"};

	answer(sign_in, &notice, response);
}

/* A page elsewhere that posts here comes without the cookie (SameSite) and so ends no session. */
static void answer_sign_out(struct sign_in *sign_in, size_t worker, const struct request *request,
	struct response *response)
{
	char identity[IDENTITY_SIZE];

	(void)worker;
	if (!request->is_post)
		offer_sign_out(sign_in, response);
	else if (session_identify(&sign_in->session, request, identity) &&
		 session_end(&sign_in->session, &response->cookie[0]) < 0)
		notice_fault(sign_in->options.prefix, response);
	else
		say_signed_out(sign_in, response);
}

/* Whatever looks at links before people do asks by HEAD, and must not use up what works once. */
static void answer_head(const struct sign_in *sign_in, struct response *response)
{
	static const struct notice notice = {.status = 200,
		.title = "Sign in",
		.text = "This page is to be opened: asking about it signs nobody in."};

	answer(sign_in, &notice, response);
}

struct own_page {
	const char *path;
	bool takes_post;
	void (*answer)(struct sign_in *sign_in, size_t worker, const struct request *request,
		struct response *response);
};

static const struct own_page own_pages[] = {
	{"sign-in", false, answer_sign_in},
	{"sign-out", true, answer_sign_out},
	{"oauth_callback", false, answer_callback},
};

static const struct own_page *find_page(const char *path)
{
	for (size_t i = 0; i < sizeof(own_pages) / sizeof(own_pages[0]); i++) {
		if (strcmp(own_pages[i].path, path) == 0)
			return &own_pages[i];
	}
	return NULL;
}

bool sign_in_owns(const char *path)
{
	return find_page(path) != NULL;
}

void sign_in_answer(struct sign_in *sign_in, size_t worker, const struct request *request,
	struct response *response)
{
	static const struct notice notice = {.status = 405,
		.title = "Not that way",
		.text = "This page is to be opened, not written to."};
	const struct own_page *page = find_page(request->path);

	assert(page);
	if (request->is_post && !page->takes_post)
		answer(sign_in, &notice, response);
	else if (request->is_head)
		answer_head(sign_in, response);
	else
		page->answer(sign_in, worker, request, response);
}
