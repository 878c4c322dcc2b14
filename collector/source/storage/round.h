/*
 * One look at all roots, in as many steps as one likes: every directory of a root is found once,
 * with what is in it, by the quota of its project where that can be read, else by a walk.
 *
 * Invariants
 *  - Roots in their order, and of each: findings of its directories, then one of the root itself.
 *    A root that can't be listed has that one alone, with an error.
 *  - Of a tree that is walked and nobody changes: bytes of all directories + bytes of the root, in
 *    which are files beside the directories and the root's own blocks = blocks of the tree. A file
 *    of several names counts once in all roots of one file system.
 *  - A project counts for one directory. Where several have the same, all of them are walked.
 *  - What is mounted in a root is neither walked nor asked for, and what can't be looked at is not
 *    known to be a directory: each is a finding that says no more than that it is there, since
 *    whoever owns a directory may mount something over it. A root in which things are mounted on
 *    demand fails with -EREMOTE: to look would mount all of them.
 *
 * Life cycle: round_new() -> (round_begin() -> round_step()* until ROUND_OVER)* -> round_free().
 */
#ifndef COLLECTOR_SOURCE_STORAGE_ROUND_H
#define COLLECTOR_SOURCE_STORAGE_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/source/storage/quota.h"
#include "collector/source/storage/walk.h"

#define ROUND_NAME_SIZE 256u

enum round_state {
	ROUND_MORE,  /* the budget is used up */
	ROUND_FOUND, /* there is a finding */
	ROUND_OVER
};

struct finding {
	uint32_t root;		    /* number */
	char name[ROUND_NAME_SIZE]; /* of the directory, any bytes; "": the root itself */
	bool is_measured;
	bool is_by_quota;
	bool is_hidden; /* nothing but the name is known */
	uint64_t bytes;
	uint64_t n_missed; /* of what is in it; then it has as much at least */
	int error;	   /* why it is missed, or not measured; 0: all is well */

	/* of the root itself */
	uint32_t n_directories;
	int quota_error; /* why no quota is used; 0: it is */
};

struct round;

/*
 * @roots are absolute paths divided by spaces. @quota NULL: walk everything. @seed is what
 * strangers must not know. Borrows its arguments. NULL: no memory.
 */
struct round *round_new(const char *roots, const struct quota_reader *quota, uint64_t seed);
void round_free(struct round *round);

void round_begin(struct round *round);

/* Look at *budget entries at most, and take them off it. */
enum round_state round_step(struct round *round, uint32_t *budget, struct finding *ret);

#endif
