/*
 * Levels are numbered from 0, the directory itself. Each open level has a descriptor and entries
 * that were read ahead; level n of those beyond WALK_PINNED shares its place with n + WALK_RING:
 *
 *	level	0 1 2 ... 7 | 8 9 ... 23 | 24 25 ...
 *	place	0 1 2 ... 7 | 8 9 ... 23 |  8  9 ...
 *
 * so the last WALK_RING levels of the way down are open, and the first WALK_PINNED.
 */
#include "collector/source/storage/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define WALK_RING    (WALK_OPEN - WALK_PINNED)
#define READ_SIZE    8192
#define BLOCK_SIZE   512u
#define FRAMES_FIRST 64u
#define NOWHERE	     UINT32_MAX

/* A directory on the way down. */
struct frame {
	uint64_t ino;
	int64_t offset; /* behind the last entry that was looked at */
};

struct place {
	int fd; /* -1: closed */
	uint32_t level;
	size_t at, size;
	_Alignas(struct dirent64) char entry[READ_SIZE];
};

struct walk {
	struct id_set *links;
	struct walk_total total;
	struct statx top;
	uint32_t level; /* where it is; NOWHERE: it is over */
	struct frame *frame;
	uint32_t n_frames; /* there is room for */
	struct place place[WALK_OPEN];
};

/* ------------------------------------------------------------------------ one entry */

int walk_look(int fd, const char *name, struct statx *ret)
{
	return statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		       STATX_TYPE | STATX_NLINK | STATX_INO | STATX_BLOCKS, ret) < 0
		       ? -errno
		       : 0;
}

int walk_look_at(int fd, struct statx *ret)
{
	return statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_NLINK | STATX_INO | STATX_BLOCKS,
		       ret) < 0
		       ? -errno
		       : 0;
}

bool walk_is_elsewhere(const struct statx *entry, const struct statx *beside)
{
	return entry->stx_dev_major != beside->stx_dev_major ||
	       entry->stx_dev_minor != beside->stx_dev_minor ||
	       (entry->stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

int walk_open(int fd, const char *name)
{
	int opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return opened < 0 ? -errno : opened;
}

uint64_t walk_bytes(const struct statx *entry, struct id_set *links)
{
	uint64_t bytes = entry->stx_blocks * BLOCK_SIZE;
	int r;

	if (S_ISDIR(entry->stx_mode) || entry->stx_nlink < 2)
		return bytes;
	r = id_set_add(links, entry->stx_ino);
	if (r < 0)
		return bytes / entry->stx_nlink;
	return r > 0 ? bytes : 0;
}

static void miss(struct walk *walk, int error)
{
	if (walk->total.n_missed++ == 0)
		walk->total.error = error;
}

/* Gone, or turned into something else, since it was listed: that is no fault. */
static bool is_change(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP;
}

/* ------------------------------------------------------------------------ levels */

static struct place *place_of(struct walk *walk, uint32_t level)
{
	return &walk->place[level < WALK_PINNED ? level
						: WALK_PINNED + (level - WALK_PINNED) % WALK_RING];
}

static void place_close(struct place *place)
{
	hm_closep(&place->fd);
	place->fd = -1;
}

/* Takes @fd. Who had the place before is closed, and knows by its frame where it was. */
static void place_take(struct walk *walk, uint32_t level, int fd)
{
	struct place *place = place_of(walk, level);

	place_close(place);
	place->fd = fd;
	place->level = level;
	place->at = place->size = 0;
}

static bool is_open(struct walk *walk, uint32_t level)
{
	const struct place *place = place_of(walk, level);

	return place->fd >= 0 && place->level == level;
}

static int frames_reserve(struct walk *walk, uint32_t level)
{
	uint32_t n = walk->n_frames ? 2 * walk->n_frames : FRAMES_FIRST;
	struct frame *frame;

	if (level < walk->n_frames)
		return 0;
	if (level >= WALK_DEPTH_MAX)
		return -ENAMETOOLONG;
	frame = reallocarray(walk->frame, n, sizeof(*frame));
	if (!frame)
		return -ENOMEM;
	walk->frame = frame;
	walk->n_frames = n;
	return 0;
}

/* Takes @fd, also if it fails. */
static int enter(struct walk *walk, uint32_t level, int fd, const struct statx *directory)
{
	int r = frames_reserve(walk, level);

	if (r < 0) {
		(void)close(fd); /* nothing was written */
		return r;
	}
	walk->frame[level] = (struct frame){.ino = directory->stx_ino};
	place_take(walk, level, fd);
	walk->level = level;
	return 0;
}

static int open_above(struct walk *walk, uint32_t level)
{
	hm_cleanup(hm_closep) int fd = walk_open(place_of(walk, level + 1)->fd, "..");
	struct statx above;
	int r = fd < 0 ? fd : walk_look_at(fd, &above);

	if (r < 0)
		return r;
	if (above.stx_ino != walk->frame[level].ino ||
		above.stx_dev_major != walk->top.stx_dev_major ||
		above.stx_dev_minor != walk->top.stx_dev_minor)
		return -ESTALE;
	if (lseek(fd, walk->frame[level].offset, SEEK_SET) < 0)
		return -errno;
	place_take(walk, level, hm_steal_fd(&fd));
	return 0;
}

/* Done with this level. The one above is not forced open through a branch that was moved. */
static void leave(struct walk *walk)
{
	struct place *place = place_of(walk, walk->level);
	uint32_t above = walk->level - 1;
	int r = 0;

	if (walk->level == 0) {
		walk_end(walk);
		return;
	}
	if (!is_open(walk, above))
		r = open_above(walk, above);
	place_close(place);
	if (r < 0) {
		miss(walk, r);
		above = WALK_PINNED - 1;
	}
	walk->level = above;
}

static void descend(struct walk *walk, int directory_fd, const char *name)
{
	int fd = walk_open(directory_fd, name);
	struct statx directory;
	int r = fd < 0 ? fd : walk_look_at(fd, &directory);

	if (r == 0 && walk_is_elsewhere(&directory, &walk->top)) {
		(void)close(fd); /* only looked at */
		return;
	}
	if (r == 0)
		r = enter(walk, walk->level + 1, fd, &directory);
	else if (fd >= 0)
		(void)close(fd); /* only looked at */
	if (r < 0 && !is_change(r))
		miss(walk, r);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static void take_entry(struct walk *walk, struct place *place, const char *name)
{
	struct statx entry;
	int r = walk_look(place->fd, name, &entry);

	if (r < 0) {
		if (!is_change(r))
			miss(walk, r);
		return;
	}
	if (walk_is_elsewhere(&entry, &walk->top))
		return;
	walk->total.bytes += walk_bytes(&entry, walk->links);
	if (S_ISDIR(entry.stx_mode))
		descend(walk, place->fd, name);
}

/* The next entry, read ahead if need be. NULL: there is none, or the level can't be read. */
static const struct dirent64 *next_entry(struct walk *walk, struct place *place)
{
	const struct dirent64 *entry;

	if (place->at == place->size) {
		ssize_t n = getdents64(place->fd, place->entry, sizeof(place->entry));

		if (n < 0 && errno != ENOENT) /* it may have been removed */
			miss(walk, -errno);
		if (n <= 0)
			return NULL;
		place->at = 0;
		place->size = (size_t)n;
	}
	entry = (const struct dirent64 *)(place->entry + place->at);
	place->at += entry->d_reclen;
	walk->frame[place->level].offset = entry->d_off;
	return entry;
}

/* ------------------------------------------------------------------------ the walk */

struct walk *walk_new(void)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return NULL;
	walk->level = NOWHERE;
	for (size_t i = 0; i < WALK_OPEN; i++)
		walk->place[i].fd = -1;
	return walk;
}

void walk_end(struct walk *walk)
{
	for (size_t i = 0; i < WALK_OPEN; i++)
		place_close(&walk->place[i]);
	walk->level = NOWHERE;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	walk_end(walk);
	free(walk->frame);
	free(walk);
}

int walk_begin(struct walk *walk, int fd, struct id_set *links)
{
	int r;

	walk_end(walk);
	walk->links = links;
	walk->total = (struct walk_total){0};
	r = walk_look_at(fd, &walk->top);
	if (r < 0) {
		(void)close(fd); /* only looked at */
		return r;
	}
	r = enter(walk, 0, fd, &walk->top);
	if (r == 0)
		walk->total.bytes = walk_bytes(&walk->top, links);
	return r;
}

bool walk_step(struct walk *walk, uint32_t *budget)
{
	while (walk->level != NOWHERE && *budget > 0) {
		struct place *place = place_of(walk, walk->level);
		const struct dirent64 *entry = next_entry(walk, place);

		if (!entry) {
			leave(walk);
		} else if (!is_dots(entry->d_name)) {
			--*budget;
			take_entry(walk, place, entry->d_name);
		}
	}
	return walk->level == NOWHERE;
}

const struct walk_total *walk_total(const struct walk *walk)
{
	return &walk->total;
}
