/*
 * Who is asking. One of three ways, chosen by the operator:
 *
 *	hub	JupyterHub says so (OAuth 2 with state and PKCE); identity HUB:USERNAME
 *	proxy	a header of a proxy at a named address says so; identity proxy:NAME
 *	link	a link that works once, kept in a file that only we can read; identity local:NAME;
 *		for the loopback interface
 *
 * What somebody may see is not decided here but in the database, by the identity (org.reader).
 *
 * Invariants
 *  - Nothing is kept for somebody who has not signed in: what has to be remembered is in signed
 *cookies (HMAC-SHA-256 by a key that is made at every start and kept nowhere).
 *  - No token of the hub is kept, logged, or part of a URL. Cookies are HttpOnly, SameSite=Lax, for
 *the prefix only, and Secure unless browsers reach us without TLS.
 *  - A session ends by itself; the hub is asked anew then, without a question to whoever is signed
 *in there.
 *
 * Life cycle: sign_in_new() -> calls from any worker -> sign_in_free().
 */
#ifndef DASHBOARD_SIGN_IN_SIGN_IN_H
#define DASHBOARD_SIGN_IN_SIGN_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "dashboard/server/request.h"

#define IDENTITY_SIZE 320

enum sign_in_way { SIGN_IN_WAY_HUB, SIGN_IN_WAY_PROXY, SIGN_IN_WAY_LINK };

struct sign_in_options {
	enum sign_in_way way;
	const char *prefix; /* of our pages: "/", "/services/hubmeter/" */
	bool is_secure;	    /* browsers reach us by TLS */
	int64_t session_usec;
	size_t n_workers;
	const struct clock *clock;

	/* hub */
	const char *hub_name; /* what usage calls it: the first half of identities */
	const char *hub_url; /* where browsers find it: "https://hub.example.org/hub/", or its path:
				"/hub/" */
	const char *hub_api_url;   /* where we find it: "http://127.0.0.1:8081/hub/api" */
	const char *client_id;	   /* "service-hubmeter" */
	const char *client_secret; /* the service's API token */

	/* proxy */
	const char *proxy_from; /* addresses with commas between: "192.0.2.7,2001:db8::1" */

	/* link */
	const char *link_file;
	const char *local_name;
};

struct sign_in;

/* Borrows what @options point to. -EINVAL and others: the reason is in @error. */
int sign_in_new(const struct sign_in_options *options, struct sign_in **ret, char *error,
	size_t error_size);
void sign_in_free(struct sign_in *sign_in);

static inline void sign_in_freep(struct sign_in **sign_in)
{
	sign_in_free(*sign_in);
}

/*
 * Once the server listens: write the first link, which begins with @base, into the file. Only for
 * SIGN_IN_WAY_LINK. -errno, the reason is in @error.
 */
int sign_in_write_link(struct sign_in *sign_in, const char *base, char *error, size_t error_size);

/* Whose request it is; false: nobody's. */
bool sign_in_identify(
	const struct sign_in *sign_in, const struct request *request, char ret[IDENTITY_SIZE]);

/* Is the path one of sign-in's own: sign-in, sign-out, oauth_callback? */
bool sign_in_owns(const char *path);

/* Answer a request for such a path. */
void sign_in_answer(struct sign_in *sign_in, size_t worker, const struct request *request,
	struct response *response);

/* Answer nobody's request for another page: on to the hub, or a page that says how to sign in. */
void sign_in_ask(struct sign_in *sign_in, const struct request *request, struct response *response);

#endif
