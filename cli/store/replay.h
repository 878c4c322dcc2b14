/*
 * A live database beside one that is made anew from Kafka. Beside store.h, whose connections these
 * calls use.
 *
 * Invariant: of the live database everything is read in one snapshot, positions and usage alike,
 * and nothing is written.
 */
#ifndef CLI_STORE_REPLAY_H
#define CLI_STORE_REPLAY_H

#include <stdint.h>

#include "cli/store/store.h"
#include "common/format/table.h"

/* @conninfo, but another @database of the same server; NULL: no memory, or no conninfo. Freed by
 * the caller. */
char *store_replay_conninfo(const char *conninfo, const char *database);

/* Make @database on the server that @store is connected to. */
int store_replay_create(struct store *store, const char *database);

/* Begin the snapshot of @live. */
int store_replay_look(struct store *live);

/* Topic, partition, next_offset, first_offset. The caller releases *@ret. */
int store_replay_positions(struct store *live, struct table *ret);

/* What there is in @live to compare with, into @fresh. */
int store_replay_keep(struct store *live, struct store *fresh);

/* Where @fresh is to begin to read. Numbers are text, and numbers. */
int store_replay_begin(
	struct store *fresh, const char *topic, const char *partition, const char *offset);
int store_replay_note(struct store *fresh, const char *hub, const char *note);

/* Compare. *@ret: rows that differ. */
int store_replay_compare(struct store *fresh, int64_t *ret);

/* What came of it, for each hub and table or @each row. The caller releases *@ret. */
int store_replay_result(struct store *fresh, bool each, struct table *ret);

#endif
