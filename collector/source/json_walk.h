/*
 * A document of JSON as it goes by: a table says which of its values somebody wants, and only those
 * are told. Pure; one of the users of yajl here.
 *
 *	{"items": [{"metadata": {"uid": "x"}}]}
 *
 *	static const struct json_step steps[] = {
 *		{AT_TOP, "items", AT_ITEMS},		the list is the place AT_ITEMS
 *		{AT_ITEMS, NULL, AT_POD},		any element, or member, of it
 *		{AT_POD, "metadata", AT_METADATA},
 *		{AT_METADATA, "uid", AT_UID},		told as text of AT_UID
 *	};
 *
 * Invariants
 *  - Whatever is no way of the table is passed by, in memory of fixed size: no string is kept but
 *    while it is cut between two pieces, and none longer than JSON_TOKEN_MAX is taken at all.
 *  - Bytes of a text are as they came, but for JSON's escapes: they may be no UTF-8.
 *
 * Life cycle: json_walk_new() -> json_walk_add()* -> json_walk_finish() -> json_walk_free().
 */
#ifndef COLLECTOR_SOURCE_JSON_WALK_H
#define COLLECTOR_SOURCE_JSON_WALK_H

#include <stddef.h>
#include <stdint.h>

#define JSON_TOKEN_MAX ((size_t)1 << 20)
#define JSON_DEPTH_MAX 100u

/* Places are numbered from 1; the document itself is place 1. */
#define JSON_PLACE_TOP 1u

struct json_step {
	uint8_t from;
	const char *key;
	uint8_t to;
};

struct json_rules {
	const struct json_step *step; /* the first that fits */
	size_t n_steps;
	size_t max_size; /* of a document */

	/* Each: 0, or why to give up. NULL: nothing to do there. */
	int (*enter)(void *context, unsigned int place);
	int (*leave)(void *context, unsigned int place);

	/* A string or number at @place; @key: of which member, "" in lists and where it is long. */
	int (*text)(
		void *context, unsigned int place, const char *key, const char *text, size_t size);
};

struct json_walk;

/* Borrows both. NULL: no memory. */
struct json_walk *json_walk_new(const struct json_rules *rules, void *context);
void json_walk_free(struct json_walk *walk);

/* -EBADMSG: no such document; -E2BIG: it or a string in it is too long; or what the rules said. */
int json_walk_add(struct json_walk *walk, const void *data, size_t size);

/* Nothing follows. -EBADMSG: it was cut. */
int json_walk_finish(struct json_walk *walk);

#endif
