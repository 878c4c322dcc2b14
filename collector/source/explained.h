/*
 * What a source says for people of a workload that it knows: hubmeter-collector --explain.
 */
#ifndef COLLECTOR_SOURCE_EXPLAINED_H
#define COLLECTOR_SOURCE_EXPLAINED_H

/* Borrows; good during the call. */
struct explained {
	const char *source;
	const char *workload;		 /* its id; "": it has none yet */
	const char *user, *server, *tag; /* "": not known, or none */
	const char *where;		 /* a process, a path */
	const char *because;		 /* how its user is known, or why it is not */
};

typedef void (*explain_fn)(void *context, const struct explained *explained);

#endif
