/*
 * The environment of a container, out of the config.v2.json that dockerd keeps of it. Pure.
 *
 * Invariants
 *  - Only .Config.Env is kept, at most CONTAINER_ENVIRON_MAX bytes of it; more is refused.
 *  - It comes in pieces of any size and is never in memory as a whole.
 *
 * Life cycle: container_json_new() -> container_json_add()* -> container_json_finish() ->
 * container_json_free().
 */
#ifndef COLLECTOR_SOURCE_DOCKER_CONTAINER_JSON_H
#define COLLECTOR_SOURCE_DOCKER_CONTAINER_JSON_H

#include <stddef.h>

#include "common/buffer.h"

#define CONTAINER_ENVIRON_MAX ((size_t)1 << 20)
#define CONTAINER_JSON_MAX    ((size_t)8 << 20) /* of a file */

struct container_json;

/*
 * Strings of the environment, each with a NUL, are appended to @environ, which outlives it and has
 * CONTAINER_ENVIRON_MAX as its limit. NULL: no memory.
 */
struct container_json *container_json_new(struct buffer *environ);
void container_json_free(struct container_json *json);

/* -EBADMSG: not such a file; -E2BIG: too long an environment; -ENOMEM. */
int container_json_add(struct container_json *json, const void *data, size_t size);
int container_json_finish(struct container_json *json);

#endif
