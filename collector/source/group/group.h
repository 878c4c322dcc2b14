/*
 * The engine of every source that meters cgroups: it walks a tree of them, reads counters, finds
 * the CPU of those that vanished in their parents, and books. A source says which directories
 * matter and whose they are, and nothing else: struct group_rules.
 *
 *	root ── system.slice ─┬─ jupyter-ada.service		a workload: metered, booked
 *	        (a place)     ├─ ssh.service			another: its CPU is read, so that
 *	                      │					the place adds up
 *	                      └─ system-jupyter.slice		a place in a place
 *	                           └─ jupyter-a@b.service
 *
 * What is measured, and how far it is to be trusted
 *
 *  CPU of what lives	exact: its counter, with all that was below it.
 *  The end of a cgroup	exact if it alone vanished from its place since the last pass (flag
 *			RESIDUAL), but for half of what its living siblings did while the
 *			place was read; shared by what each did lately if several did (flag
 *			RESIDUAL_SPLIT: the sum is as good). An event asks for a pass at each
 *			end. The same for one that lived and died between two passes, if its
 *			making was told of.
 *  Unseen ones		where nobody is told (no inotify): the system's.
 *  The end of a place	at the top: it is asked once more when the end of a workload in it is
 *			told of. What was done after that is the system's, as the root's
 *			counter is the machine's and does not add up.
 *  Memory		working set, by trapezoid between two readings of what lives; of a
 *			cgroup without processes 0; of time nobody observed nothing.
 *  Network		the counters of the interfaces in its own namespace, since the last pass
 *			(network.h). What came between the last pass and its end is lost: the
 *			interfaces go with it. In the machine's namespace: not known.
 *  Reserved		as the rules say, while there are processes, from when on it is known.
 *
 * Invariants
 *  - A cgroup is (boot, tree, inode). The same path made anew is another one.
 *  - A place is metered from the first workload on that is seen in it, and so are all places above;
 *    before that it costs nothing but a watch.
 *  - For each metered place and pass: what it gained = what its children gained + what the system
 *    gets + what is carried (account.h).
 *  - A workload's counter counts from its birth if its place was known before it, or if the machine
 *    was started since the last pass; else from the first reading.
 *  - What is withheld of a run that ended is withheld on; of what vanished meanwhile it is booked.
 *  - In steady state a pass allocates nothing.
 *
 * A source's ops use the functions below as they are; its init calls group_source_new().
 *
 * Life cycle: that of a source (source.h).
 */
#ifndef COLLECTOR_SOURCE_GROUP_GROUP_H
#define COLLECTOR_SOURCE_GROUP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/cgroup/cgroup.h"
#include "collector/cgroup/cgroup_tree.h"
#include "collector/source/source.h"

#define GROUP_STATE_VERSION 2u
#define GROUP_ID_SIZE	    256
#define GROUP_PATH_SIZE	    4096

struct group_source;

/* What a directory is to a source. */
enum group_role {
	GROUP_ROLE_OTHER,    /* nothing: only its CPU is taken into account */
	GROUP_ROLE_PLACE,    /* workloads may be in it; it has no processes of its own */
	GROUP_ROLE_WORKLOAD, /* with all that is below it */
	GROUP_ROLE_STRANGER  /* would be one and is nobody's: claimed all the same, never booked */
};

/* A workload whose identity is asked for. Borrows. */
struct group_subject {
	const char *path; /* below the top of the tree, without a slash before it */
	const char *name; /* the last part of it */
	uint64_t key;	  /* of its inode; 0: gone before anybody saw more than its name */
	bool is_gone;	  /* nothing can be read there any more */
	uint32_t n_asked; /* times that -EAGAIN was the answer */
	const char *user; /* as it is known so far; NULL or "": it is not */
	const struct source_pass *pass; /* for what the node has; NULL in format_id() */
};

/* Whose a workload is. Owns its texts; NULL or "": not known (yet). */
struct group_identity {
	char *user, *server, *tag; /* fit to travel: name_copy() */
	uint64_t reserved_microcores;
	uint64_t reserved_bytes;
};

void group_identity_release(struct group_identity *identity);

struct group_rules {
	enum hm_workload_kind kind;
	enum source_rank rank;
	enum cgroup_preference preference;

	/*
	 * So long a workload without a user has no row, while identify() says -EAGAIN: if it is
	 * nobody's by then, all it did is the system's, and if not all of it is booked. Behind that
	 * it is booked on no user, who may still be told by a later row. 0: booked at once.
	 */
	int64_t withhold_usec;
	bool claims_strangers; /* what is nobody's stays claimed: no other source may say whose */

	/* What @name in the place @path is; pure. "" is the root, which is a place itself. */
	enum group_role (*role)(const void *self, const char *path, const char *name);

	/*
	 * Whose it is. 0: all that there is to know. -EAGAIN: ask again in the next pass; what *ret
	 * has by then is booked. -ENOENT: nobody's, it is no workload after all and the system's
	 * from then on. Else: it will never be known. *ret comes zeroed and is the engine's
	 * afterwards, whatever is returned. Never blocks.
	 */
	int (*identify)(void *self, struct group_source *source,
		const struct group_subject *subject, struct group_identity *ret);

	/*
	 * The id of its workload into @id. NULL: <boot id>/<inode>. Several cgroups may have the
	 * same one after each other. -ENOENT: not known yet, ask again in the next pass.
	 */
	int (*format_id)(
		const void *self, const struct group_subject *subject, char id[GROUP_ID_SIZE]);

	/*
	 * GPUs that the workload @name has at this moment, and whether it shares one; asked at each
	 * pass while it lives. NULL: none.
	 */
	uint32_t (*gpus)(const void *self, const char *name, bool *ret_is_shared);

	/* The class of what it has of GPUs, or NULL: the node's. Asked with gpus(). */
	const char *(*gpu_class)(const void *self, const char *name);

	/*
	 * Whether what is received and sent in the network namespace of a workload's processes is
	 * its own. NULL: no.
	 */
	bool (*counts_network)(const void *self);

	void (*free)(void *self); /* NULL: nothing to free */
};

/*
 * @rules and what @context has outlive it; takes @self, also on failure. -ENOENT: there is no
 * directory of cgroups at all; -ENOMEM. A tree that is not there yet is looked for in every pass.
 */
int group_source_new(const struct source_context *context, const struct group_rules *rules,
	void *self, struct group_source **ret);

/*
 * As group_source_new() for an init() of source_ops, with a copy of @self's @size bytes, which
 * @rules->free frees at last. -ENOMEM before there is one: what @self holds is still the caller's.
 */
int group_source_init(const struct source_context *context, const struct group_rules *rules,
	const void *self, size_t size, void **ret);

/*
 * For identify(): the environment of the workload's first process. -EAGAIN: there is none yet;
 * -EACCES and others: it can't be read. @take must not keep what @env borrows.
 */
struct server_environ;
int group_source_environ(struct group_source *source, const struct group_subject *subject,
	int (*take)(void *context, const struct server_environ *env), void *context);

/* Whether a workload is there whose identity is not known, and one that was never asked for. */
enum group_asking { GROUP_ASKING_NONE, GROUP_ASKING_AGAIN, GROUP_ASKING_NEW };
enum group_asking group_source_asking(const struct group_source *source);

/*
 * For identify() where the first process does not say it: what is below the cgroup at @path, the
 * first process in it or below (-ENODATA: none), the real uid of a process and its environment,
 * which is wiped when @take returns. Errors are the kernel's; they never block.
 */
int group_source_list(
	struct group_source *source, const char *path, cgroup_visit *visit, void *context);
int group_source_first_pid(struct group_source *source, const char *path, int32_t *ret);
int group_source_uid(struct group_source *source, int32_t pid, uint32_t *ret);
int group_source_pid_environ(struct group_source *source, int32_t pid,
	int (*take)(void *context, const char *data, size_t size), void *context);

/*
 * Ask for all identities once more, in the next pass: what is known stays until then. Those that
 * turned out to be nobody's are not asked for.
 */
void group_source_ask_again(struct group_source *source);

/* struct source_ops */
void group_source_free(void *self);
int group_source_event_fd(const void *self);
bool group_source_on_event(void *self);
int group_source_observe(void *self, const struct source_pass *pass);
int group_source_claim(const void *self, struct claims *claims);
void group_source_book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass);
int group_source_save(const void *self, struct buffer *section);
int group_source_restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size);
void group_source_forget(void *self);
void group_source_explain(const void *self, const char *name, explain_fn explain, void *context);
size_t group_source_count(const void *self);

/* The ops of a source that is nothing but this engine, besides name, rank and init. */
#define GROUP_SOURCE_OPS                                                                           \
	.version = GROUP_STATE_VERSION, .free = group_source_free,                                 \
	.event_fd = group_source_event_fd, .on_event = group_source_on_event,                      \
	.observe = group_source_observe, .claim = group_source_claim, .book = group_source_book,   \
	.save = group_source_save, .restore = group_source_restore, .forget = group_source_forget, \
	.explain = group_source_explain, .count = group_source_count

#endif
