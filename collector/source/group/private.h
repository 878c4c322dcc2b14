/*
 * The insides of the engine, for the files of this folder: each is a part of a pass.
 *
 *	discover.c	which cgroups there are
 *	read.c		their counters
 *	read_network.c	those of their interfaces
 *	identify.c	whose they are
 *	book.c		who gets what
 *	process.c	what their processes say
 *	state.c		the section
 */
#ifndef COLLECTOR_SOURCE_GROUP_PRIVATE_H
#define COLLECTOR_SOURCE_GROUP_PRIVATE_H

#include "collector/cgroup/cgroup.h"
#include "collector/cgroup/cgroup_watch.h"
#include "collector/proc/proc_read.h"
#include "collector/source/group/account.h"
#include "collector/source/group/group.h"
#include "collector/source/group/node.h"

struct group_source {
	const struct group_rules *rules;
	void *self; /* of the rules */
	const struct config *config;
	const struct clock *clock;
	const uint8_t *boot_id;
	struct cgroup_tree tree;
	struct cgroup_watch watch;
	struct group_node *root;
	size_t n_nodes;
	bool said_missed;
	bool said_blind;      /* that nobody tells what comes and goes */
	int64_t drained_usec; /* boottime at which all events had been taken; -1: never */
	uint64_t last_serial;

	/* kept from pass to pass */
	struct account_child *vanished;
	size_t max_vanished;
	char *environ; /* of GROUP_ENVIRON_MAX bytes; NULL: not needed so far */

	/* network */
	struct proc_dir proc;	  /* its dir is NULL as long as it was not needed */
	uint64_t machine_network; /* its namespace; 0: not known so far */
	bool said_no_network;
};

#define GROUP_ENVIRON_MAX ((size_t)6 << 20) /* what exec takes at most: process_source.h */
#define GROUP_NODES_MAX	  32768u

/* discover.c */
void group_discover(struct group_source *source, const struct source_pass *pass);

/* What is new is taken to have been there since @first_usec. Whether a workload went. */
bool group_take_events(struct group_source *source, int64_t now_usec, int64_t first_usec);

/* read.c */
void group_read(struct group_source *source, const struct source_pass *pass);

/* It, what is in it, and it again. Whether somebody is found gone who was there before. */
bool group_read_place(struct group_source *source, struct group_node *place, int64_t now_usec);
int group_read_node(struct group_source *source, struct group_node *node, int64_t now_usec);
void group_mark_gone(struct group_node *node);
uint64_t group_gain(const struct group_node *node); /* since it was booked */

/* read_network.c; behind group_read_node() of a pass */
void group_read_network(struct group_source *source, struct group_node *node);

/* book.c */
struct workload *group_workload(
	const struct group_source *source, struct window *window, struct group_node *node);

/* state.c; into a source that knows nothing */
int group_state_save(const struct group_source *source, struct buffer *section);
#define GROUP_STATE_WITHOUT_NETWORK 1u /* as GROUP_STATE_VERSION, and is read too */
int group_state_restore(
	struct group_source *source, uint32_t version, const void *data, size_t size);

/* identify.c */
void group_identify(struct group_source *source, const struct source_pass *pass);
int group_format_id(
	const struct group_source *source, const struct group_node *node, char id[GROUP_ID_SIZE]);

/* Into source->environ, whose user wipes it. */
int group_read_environ(struct group_source *source, int32_t pid, size_t *ret_size);

#endif
