/* A server's user stands before or behind it: it is filled in when the user's object ends. */
#include "collector/source/process/whose/hub_servers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector/source/json_walk.h"
#include "collector/source/name.h"
#include "common/array.h"
#include "common/instant.h"

#define OFFSET_MAX 1000000000u

enum place {
	AT_TOP = JSON_PLACE_TOP,
	AT_ITEMS,
	AT_USER,
	AT_USER_NAME,
	AT_SERVERS,
	AT_SERVER,
	AT_SERVER_NAME,
	AT_STARTED,
	AT_STOPPED,
	AT_STATE,
	AT_PID,
	AT_PAGINATION,
	AT_NEXT,
	AT_OFFSET
};

static const struct json_step steps[] = {
	{AT_TOP, "items", AT_ITEMS},
	{AT_ITEMS, NULL, AT_USER},
	{AT_USER, "name", AT_USER_NAME},
	{AT_USER, "servers", AT_SERVERS},
	{AT_SERVERS, NULL, AT_SERVER},
	{AT_SERVER, "name", AT_SERVER_NAME},
	{AT_SERVER, "started", AT_STARTED},
	{AT_SERVER, "stopped", AT_STOPPED},
	{AT_SERVER, "state", AT_STATE},
	{AT_STATE, "pid", AT_PID},
	{AT_TOP, "_pagination", AT_PAGINATION},
	{AT_PAGINATION, "next", AT_NEXT},
	{AT_NEXT, "offset", AT_OFFSET},
};

struct hub_page {
	struct json_walk *walk;
	struct hub_servers *servers;
	bool has_items, has_pagination;
	uint64_t next;
	char *user;	      /* of the object at hand */
	size_t first_of_user; /* in servers */
	struct hub_server server;
	bool is_stopped;
};

/* --------------------------------------------------------------------------------- the list */

static void release_server(struct hub_server *server)
{
	free(server->user);
	free(server->name);
	*server = (struct hub_server){0};
}

const struct hub_server *hub_servers_find(const struct hub_servers *servers, int32_t pid)
{
	const struct hub_server *found = NULL;

	for (size_t i = 0; i < servers->n; i++) {
		if (servers->server[i].pid != pid)
			continue;
		if (found)
			return NULL;
		found = &servers->server[i];
	}
	return found;
}

static void cut_to(struct hub_servers *servers, size_t n)
{
	while (servers->n > n)
		release_server(&servers->server[--servers->n]);
}

void hub_servers_release(struct hub_servers *servers)
{
	cut_to(servers, 0);
	free(servers->server);
	*servers = (struct hub_servers){0};
}

static int make_room(struct hub_servers *servers)
{
	if (servers->n == HUB_SERVERS_MAX)
		return -E2BIG;
	return array_make_room(
		&servers->server, servers->n, &servers->max, sizeof(*servers->server), 64);
}

/* --------------------------------------------------------------------------------- the page */

static int keep(char **to, const char *text, size_t size)
{
	free(*to);
	*to = name_copy(text, size);
	return *to ? 0 : -ENOMEM;
}

/* Decimal digits alone; 0: something else, or more than @max. */
static uint64_t number_of(const char *text, size_t size, uint64_t max)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (uint64_t)(text[i] - '0');
		if (value > max)
			return 0;
	}
	return value;
}

static void take_started(struct hub_server *server, const char *text, size_t size)
{
	char copy[INSTANT_SIZE + 8];
	const char *reason;

	if (size >= sizeof(copy) || memchr(text, '\0', size))
		return;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (instant_parse(copy, &server->started_usec, &reason) < 0)
		server->started_usec = 0; /* as one without a process */
}

static int on_text(
	void *context, unsigned int place, const char *key, const char *text, size_t size)
{
	struct hub_page *page = context;

	(void)key; /* each place has one */
	switch ((enum place)place) {
	case AT_USER_NAME:
		return keep(&page->user, text, size);
	case AT_SERVER_NAME:
		return keep(&page->server.name, text, size);
	case AT_STARTED:
		take_started(&page->server, text, size);
		return 0;
	case AT_STOPPED:
		page->is_stopped = size != 5 || memcmp(text, "false", 5) != 0;
		return 0;
	case AT_PID:
		page->server.pid = (int32_t)number_of(text, size, INT32_MAX);
		return 0;
	case AT_OFFSET:
		page->next = number_of(text, size, OFFSET_MAX);
		return page->next > 0 ? 0 : -EBADMSG;
	default:
		return 0;
	}
}

static int on_enter(void *context, unsigned int place)
{
	struct hub_page *page = context;

	page->has_items |= place == AT_ITEMS;
	page->has_pagination |= place == AT_PAGINATION;
	if (place == AT_USER) {
		free(page->user);
		page->user = NULL;
		page->first_of_user = page->servers->n;
	}
	if (place == AT_SERVER) {
		release_server(&page->server);
		page->is_stopped = false;
	}
	return 0;
}

static int end_server(struct hub_page *page)
{
	struct hub_servers *servers = page->servers;
	const struct hub_server *server = &page->server;
	int r;

	if (page->is_stopped)
		return 0;
	if (server->pid <= 1 || server->started_usec <= 0 || !server->name) {
		servers->n_without_process++;
		return 0;
	}
	r = make_room(servers);
	if (r < 0)
		return r;
	servers->server[servers->n++] = *server;
	page->server = (struct hub_server){0};
	return 0;
}

static int end_user(struct hub_page *page)
{
	struct hub_servers *servers = page->servers;

	if (!page->user || !*page->user) {
		cut_to(servers, page->first_of_user);
		return 0;
	}
	for (size_t i = page->first_of_user; i < servers->n; i++) {
		servers->server[i].user = strdup(page->user);
		if (!servers->server[i].user)
			return -ENOMEM;
	}
	return 0;
}

static int on_leave(void *context, unsigned int place)
{
	if (place == AT_SERVER)
		return end_server(context);
	return place == AT_USER ? end_user(context) : 0;
}

static const struct json_rules rules = {
	.step = steps,
	.n_steps = sizeof(steps) / sizeof(*steps),
	.max_size = HUB_PAGE_MAX,
	.enter = on_enter,
	.leave = on_leave,
	.text = on_text,
};

struct hub_page *hub_page_new(struct hub_servers *servers)
{
	struct hub_page *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->servers = servers;
	page->walk = json_walk_new(&rules, page);
	if (page->walk)
		return page;
	free(page);
	return NULL;
}

void hub_page_free(struct hub_page *page)
{
	if (!page)
		return;
	free(page->user);
	release_server(&page->server);
	json_walk_free(page->walk);
	free(page);
}

int hub_page_add(struct hub_page *page, const void *data, size_t size)
{
	return json_walk_add(page->walk, data, size);
}

int hub_page_finish(struct hub_page *page, uint64_t *ret_next)
{
	int r = json_walk_finish(page->walk);

	if (r == 0 && (!page->has_items || !page->has_pagination))
		r = -EBADMSG;
	if (r == 0)
		*ret_next = page->next;
	return r;
}
