/*
 * A page of a hub's answer, as rows for the database. The only user of jansson. Pure.
 *
 *	{"items": [{"kind": "group", "name": "lasers", "users": ["ada"], "properties": {}}, ...],
 *	 "_pagination": {"offset": 0, "limit": 200, "total": 412, "next": {"offset": 200, ...}}}
 *
 * Hubs before version 2 answer with the bare list, which is all there is.
 */
#ifndef CLI_ROSTER_JUPYTERHUB_PAGE_H
#define CLI_ROSTER_JUPYTERHUB_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

/* Rows in COPY's text format: source, number of the item, then what is said of it. */
struct hub_rows {
	struct buffer users;   /* user name */
	struct buffer groups;  /* group, cost centre */
	struct buffer members; /* group, user name */
	uint64_t n_users, n_groups, n_members;
	char error[1024]; /* why the last page was refused */
};

struct hub_page {
	bool has_next;
	uint64_t next_offset;
	uint64_t total; /* 0: the hub did not say */
};

/*
 * Add the users or groups of @data; the first is item @number of @source. 0, -ENOMEM, -E2BIG, or
 * -EBADMSG with the reason in error.
 */
int hub_page_users(struct hub_rows *rows, const char *source, uint64_t number,
	const struct buffer *data, struct hub_page *ret);
int hub_page_groups(struct hub_rows *rows, const char *source, uint64_t number,
	const char *cost_centre, const struct buffer *data, struct hub_page *ret);

/* "jansson 2.14" */
const char *hub_page_library(void);

#endif
