/* One turn is as many requests as there are pages; people who come and go between two may be
 * missed, and are found in the next turn. */
#include "collector/source/process/whose/hub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define URL_SIZE 4096

static const struct ask_pace pace = {.debounce_usec = HUB_DEBOUNCE_USEC,
	.spacing_usec = HUB_SPACING_USEC,
	.backoff_usec = HUB_BACKOFF_USEC};

struct hub {
	const struct config *config;
	struct ask ask;

	/* the answer under way */
	struct hub_servers servers;
	struct hub_page *page;
	uint64_t offset; /* of the page */
	unsigned int n_pages;
	int parse_error;

	bool said_no_process;
};

static int take_piece(void *context, const void *data, size_t size)
{
	struct hub *hub = context;

	hub->parse_error = hub_page_add(hub->page, data, size);
	return hub->parse_error;
}

int hub_new(const struct config *config, struct hub **ret)
{
	struct hub *hub;
	int r;

	if (!config->hub_api_url || !*config->hub_api_url)
		return -ENOENT;
	hub = calloc(1, sizeof(*hub));
	if (!hub)
		return -ENOMEM;
	hub->config = config;
	r = ask_init(&hub->ask, &pace, take_piece, hub);
	if (r < 0)
		free(hub);
	else
		*ret = hub;
	return r;
}

static void forget_answer(struct hub *hub)
{
	hub_page_free(hub->page);
	hub->page = NULL;
	hub_servers_release(&hub->servers);
}

void hub_free(struct hub *hub)
{
	if (!hub)
		return;
	ask_release(&hub->ask);
	forget_answer(hub);
	free(hub);
}

int hub_fd(const struct hub *hub)
{
	return ask_fd(&hub->ask);
}

void hub_want(struct hub *hub, int64_t now_usec)
{
	if (hub->ask.run.pid == 0) /* else the answer under way may be what is wanted */
		ask_want(&hub->ask, false, now_usec);
}

/* ------------------------------------------------------------------------------ the requests */

static int start_page(struct hub *hub, uint64_t offset)
{
	static char pagination[] = "application/jupyterhub-pagination+json";
	const struct config *config = hub->config;
	char url[URL_SIZE];
	struct ask_request request = {.program = config->kubelet_fetch,
		.url = url,
		.token_file = config->hub_api_token,
		.ca_file = config->hub_api_ca,
		.accept = pagination,
		.is_plain_file = true};
	int size = snprintf(url, sizeof(url), "%s/users?state=active&offset=%" PRIu64 "&limit=%d",
		config->hub_api_url, offset, HUB_PAGE_USERS);

	if (size >= (int)sizeof(url))
		return -ENAMETOOLONG;
	hub->offset = offset;
	hub->n_pages++;
	hub->parse_error = 0;
	hub_page_free(hub->page);
	hub->page = hub_page_new(&hub->servers);
	return hub->page ? ask_start(&hub->ask, &request) : -ENOMEM;
}

static void note_failure(struct hub *hub, const char *reason)
{
	char quoted[LOG_QUOTED_SIZE];

	if (ask_failed(&hub->ask))
		log_event(LOG_PRIORITY_ERROR, "hub_failed",
			"reason=%s consequence=\"servers that nobody else vouches for stay "
			"nobody's until the hub answers\"",
			log_quote(quoted, reason));
	forget_answer(hub);
}

static void note_start(struct hub *hub, int r)
{
	if (r < 0)
		note_failure(hub, ask_reason(&hub->ask, r));
}

void hub_start_due(struct hub *hub, int64_t now_usec)
{
	if (!ask_is_due(&hub->ask, now_usec))
		return;
	hub->n_pages = 0;
	note_start(hub, start_page(hub, 0));
}

/* -------------------------------------------------------------------------------- the answer */

static const char *reason_of(int error)
{
	switch (error) {
	case -EBADMSG:
		return "the answer is no page of JupyterHub's users: it is cut or something else";
	case -E2BIG:
		return "the answer is too large";
	default:
		return strerror(-error);
	}
}

/* @ret_next: 0: that was the last page. */
static int take_page(struct hub *hub, uint64_t *ret_next)
{
	int r = hub->parse_error;

	if (r == 0)
		r = hub_page_finish(hub->page, ret_next);
	if (r == 0 && *ret_next != 0 && *ret_next <= hub->offset)
		return -EBADMSG;
	return r == 0 && *ret_next != 0 && hub->n_pages == HUB_PAGES_MAX ? -E2BIG : r;
}

bool hub_work(struct hub *hub, const struct hub_servers **ret_servers, int64_t *ret_asked_usec)
{
	uint64_t next = 0;
	int r;

	if (!ask_work(&hub->ask))
		return false;
	if (hub->ask.run.error[0] && hub->parse_error == 0) {
		note_failure(hub, hub->ask.run.error);
		return false;
	}
	r = take_page(hub, &next);
	if (r < 0) {
		note_failure(hub, reason_of(r));
		return false;
	}
	if (next != 0) {
		note_start(hub, start_page(hub, next));
		return false;
	}
	*ret_servers = &hub->servers;
	*ret_asked_usec = hub->ask.asked_usec;
	return true;
}

/* Once: it stays as the token and the spawner are. */
static void note_no_process(struct hub *hub)
{
	if (hub->said_no_process || hub->servers.n > 0 || hub->servers.n_without_process == 0)
		return;
	log_event(LOG_PRIORITY_WARNING, "hub_names_no_process",
		"servers=%zu reason=\"the token lacks the scope admin:server_state, or the hub's "
		"spawner starts no processes on its own machine\" consequence=\"the hub proves "
		"nothing\"",
		hub->servers.n_without_process);
	hub->said_no_process = true;
}

void hub_use_answer(struct hub *hub, size_t proven)
{
	note_no_process(hub);
	if (ask_answered(&hub->ask, proven > 0))
		log_event(LOG_PRIORITY_NOTICE, "hub_recovered", "servers=%zu", hub->servers.n);
	if (proven > 0)
		log_event(LOG_PRIORITY_NOTICE, "servers_proven", "servers=%zu by=hub", proven);
	forget_answer(hub);
}
