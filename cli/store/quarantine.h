/*
 * Messages that the aggregator refused, and what operators do with them. Beside store.h, whose
 * connection it uses.
 */
#ifndef CLI_STORE_QUARANTINE_H
#define CLI_STORE_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/store/store.h"
#include "common/format/table.h"

/* Which of them. */
struct quarantine_filter {
	const char *topic;   /* "": all */
	const char *refused; /* name of the reason; "": all */
	int64_t since_usec;  /* refused in this time; 0: ever */
	bool closed_too;     /* also those that are not open any more */
};

enum quarantine_fact {
	QUARANTINE_TOPIC,
	QUARANTINE_PARTITION,
	QUARANTINE_OFFSET,
	QUARANTINE_REASON,
	QUARANTINE_STATE,
	QUARANTINE_REFUSED_AT,
	QUARANTINE_WRITTEN_AT,
	QUARANTINE_FACTS
};

/* One of them. Owns its texts. */
struct quarantine_message {
	char *fact[QUARANTINE_FACTS]; /* NULL: not known */
	uint8_t *payload;	      /* NULL: it was dropped */
	size_t payload_size;
};

/* By topic and reason, or @each. The caller releases *@ret. */
int store_quarantine_list(
	struct store *store, const struct quarantine_filter *filter, bool each, struct table *ret);

/* @line: the number of each that is open. */
int store_quarantine_open(struct store *store, const struct quarantine_filter *filter,
	store_line_fn *line, void *context);

/* @id is a number. -ENOENT: there is none. The caller releases *@ret. */
int store_quarantine_message(struct store *store, const char *id, struct quarantine_message *ret);
void store_quarantine_release(struct quarantine_message *message);

/* @line: each time that somebody did something with it. */
int store_quarantine_acts(struct store *store, const char *id, store_line_fn *line, void *context);

/* @ids: "{1,2}". All of them or none; *@ret: how many. */
int store_quarantine_discard(
	struct store *store, const char *ids, const char *reason, bool drop, int64_t *ret);

#endif
