/*
 * Partitions that nobody reads any more, and what operators decide of them. Beside store.h, whose
 * connection it uses.
 */
#ifndef CLI_STORE_INGEST_H
#define CLI_STORE_INGEST_H

#include "cli/store/store.h"

/* As ingest.go_on() has them. Numbers are text, and numbers. */
enum decision_act { DECISION_ACCEPT_GAP, DECISION_RESTART };
struct decision {
	enum decision_act act;
	const char *topic, *partition;
	const char *from_offset, *to_offset; /* restart: the latter is null */
	const char *reason;
};

/* Record and carry it out. @line: what it says for people. */
int store_go_on(
	struct store *store, const struct decision *decision, store_line_fn *line, void *context);

#endif
