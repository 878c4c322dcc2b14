/*
 * What a hub says of the servers that it started itself, on its own machine: which process is
 * whose. One page of JupyterHub's /users at a time, in pieces. Pure.
 *
 *	{"items": [{"name": "ada",
 *	            "servers": {"": {"name": "", "started": "2026-11-27T06:24:34.062003Z",
 *	                             "stopped": false, "state": {"pid": 11643}}}}],
 *	 "_pagination": {"offset": 0, "limit": 200, "total": 201, "next": {"offset": 200}}}
 *
 * Source: JupyterHub 6.1.1, apihandlers/base.py (server_model, paginated_model); "state" is what
 * the spawner keeps and is there for the scope admin:server_state alone; "pid" is
 * LocalProcessSpawner's and of those made of it.
 *
 * Invariants
 *  - At most HUB_SERVERS_MAX servers, each with texts that are fit to travel (name_copy()), a
 *    process and a start. Servers without are counted, and nothing else is kept of them.
 *  - Understood alike however the page is cut into pieces.
 *
 * Life cycle: hub_servers zeroed -> (hub_page_new() -> hub_page_add()* -> hub_page_finish() ->
 * hub_page_free())* -> hub_servers_find()* -> hub_servers_release().
 */
#ifndef COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_SERVERS_H
#define COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#define HUB_SERVERS_MAX 8192u
#define HUB_PAGE_MAX	((size_t)16 << 20)

/* Owns its texts. */
struct hub_server {
	int32_t pid;
	int64_t started_usec; /* UTC: just before the hub started it */
	char *user, *name;    /* "": the default server */
};

struct hub_servers {
	struct hub_server *server;
	size_t n, max;
	size_t n_without_process;
};

/* The only server with this process; NULL: none, or several, of which one is a thing of the past.
 */
const struct hub_server *hub_servers_find(const struct hub_servers *servers, int32_t pid);
void hub_servers_release(struct hub_servers *servers);

struct hub_page;

/* Servers of the page are added to @servers, which is borrowed. NULL: no memory. */
struct hub_page *hub_page_new(struct hub_servers *servers);
void hub_page_free(struct hub_page *page);

/* -EBADMSG: no such page; -E2BIG: too large, or too many servers; -ENOMEM. */
int hub_page_add(struct hub_page *page, const void *data, size_t size);

/* Nothing follows. @ret_next: where the next page begins; 0: this was the last. -EBADMSG. */
int hub_page_finish(struct hub_page *page, uint64_t *ret_next);

#endif
