/*
 * The blocks of one directory and all below it, counted in as many steps as one likes.
 *
 * Invariants
 *  - What counts is what is allocated, st_blocks of 512 bytes each, of files, directories, links
 *    and all else: neither holes nor the length of a file.
 *  - A file of several names counts once in a set of inodes, by whichever name comes first. When
 *    the set is full, or without memory, each further name counts its share: blocks / names.
 *  - Symbolic links are not followed, mount points are not crossed, file systems mounted on demand
 *    are not asked for, also when a directory is replaced by any of these meanwhile.
 *  - Of a tree that nobody changes the total is the same in however many steps. What is changed
 *    meanwhile may count or not, once for each name that is seen.
 *  - WALK_OPEN descriptors however deep it is. A directory further up is opened again by "..", and
 *    has to be the one that it was: where somebody moved a branch away, what is left of that branch
 *    below WALK_PINNED levels is missed, the rest is not.
 *  - What can't be read is missed and counted as such: the total is what there is at least.
 *  - No memory but WALK_DEPTH_MAX * 16 bytes, and that only for trees that are so deep.
 *
 * Life cycle: walk_new() -> (walk_begin() -> walk_step()* until it is over, or walk_end())* ->
 * walk_free().
 */
#ifndef COLLECTOR_SOURCE_STORAGE_WALK_H
#define COLLECTOR_SOURCE_STORAGE_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "collector/source/storage/id_set.h"

#define WALK_PINNED    8u
#define WALK_OPEN      24u
#define WALK_DEPTH_MAX 65536u

struct walk;

struct walk_total {
	uint64_t bytes;
	uint64_t n_missed; /* entries, or branches */
	int error;	   /* why the first one is missed; 0: nothing is */
};

/* NULL: no memory. */
struct walk *walk_new(void);
void walk_free(struct walk *walk);

/* Count what is in directory @fd, which it takes, also if it fails. @links is borrowed. */
int walk_begin(struct walk *walk, int fd, struct id_set *links);

/* Look at *budget entries at most, and take them off it. True: it is over. */
bool walk_step(struct walk *walk, uint32_t *budget);

/* As far as it is; all of it when it is over. */
const struct walk_total *walk_total(const struct walk *walk);

/* Give it up, or take leave of it: nothing is open then. */
void walk_end(struct walk *walk);

/* ---- for whoever lists the directory above */

/* What the entry @name of @fd is. Nothing is followed, nothing is mounted. */
int walk_look(int fd, const char *name, struct statx *ret);

/* Whether something else is mounted there, or it is another file system than @beside. */
bool walk_is_elsewhere(const struct statx *entry, const struct statx *beside);

/* As walk_look() for an open one. */
int walk_look_at(int fd, struct statx *ret);

/* A directory, to be read. */
int walk_open(int fd, const char *name);

/* What an entry counts; see above for files of several names. */
uint64_t walk_bytes(const struct statx *entry, struct id_set *links);

#endif
