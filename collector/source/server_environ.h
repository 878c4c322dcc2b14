/*
 * What the environment of a Jupyter server says of it. Pure. For every source that may read one.
 *
 * Invariants
 *  - Borrows: a text points into the bytes that were parsed. Absent and empty are both size 0.
 *  - The secrets in it (JUPYTERHUB_API_TOKEN, JPY_API_TOKEN) are never looked for; whoever read the
 *    bytes wipes them after use.
 */
#ifndef COLLECTOR_SOURCE_SERVER_ENVIRON_H
#define COLLECTOR_SOURCE_SERVER_ENVIRON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct environ_text {
	const char *data;
	size_t size;
};

struct server_environ {
	struct environ_text user, server, api_url, tag, cpu_guarantee, memory_guarantee;
};

/* @data: NUL-separated NAME=value, as in /proc/PID/environ. */
void server_environ_parse(const char *data, size_t size, struct server_environ *ret);

/*
 * Whether it is a server's: a non-empty JUPYTERHUB_USER (managed services have an empty one), and
 * the hub asked for; @api_url "": of any hub.
 */
bool server_environ_is_server(const struct server_environ *env, const char *api_url);

/*
 * What CPU_GUARANTEE and MEM_GUARANTEE promise, at most what the node has: a promise larger than
 * that is a mistake or a trick, and no reader would accept the row. 0: none.
 */
uint64_t server_environ_microcores(const struct server_environ *env, uint32_t cores);
uint64_t server_environ_bytes(const struct server_environ *env, uint64_t memory_total_bytes);

#endif
