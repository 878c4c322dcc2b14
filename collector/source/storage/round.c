/*
 * States of a root, one after the other:
 *
 *	closed --> projects --> directories <--> walking --> closed, the next root
 *	           only where there is quota: which projects have several directories
 */
#include "collector/source/storage/round.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "collector/source/storage/roots.h"
#include "hubmeter/cleanup.h"

#define READ_SIZE	 8192
#define PROBE_PROJECT	 0u /* all that belongs to no project: quota that is on knows it */
#define PATH_BUFFER_SIZE 4096

enum stage { STAGE_CLOSED, STAGE_PROJECTS, STAGE_DIRECTORIES, STAGE_WALKING };

struct round {
	const char *roots;
	const struct quota_reader *quota;
	enum stage stage;
	uint32_t root; /* number */
	int fd;	       /* of the root; -1: closed */
	struct statx top;
	int quota_error; /* why the root's quota is not used */
	struct finding rest;
	struct finding home; /* that is walked */

	struct id_set links;	       /* inodes of several names, of one file system */
	struct id_set projects, taken; /* that were seen; those that have several directories */
	struct walk *walk;

	size_t at, size;
	_Alignas(struct dirent64) char entry[READ_SIZE];
};

static void close_root(struct round *round)
{
	walk_end(round->walk);
	hm_closep(&round->fd);
	round->fd = -1;
	round->at = round->size = 0;
	round->stage = STAGE_CLOSED;
}

struct round *round_new(const char *roots, const struct quota_reader *quota, uint64_t seed)
{
	struct round *round = calloc(1, sizeof(*round));

	if (!round)
		return NULL;
	round->roots = roots;
	round->quota = quota;
	round->fd = -1;
	round->root = UINT32_MAX; /* no round yet */
	round->links.seed = round->projects.seed = round->taken.seed = seed;
	round->walk = walk_new();
	if (!round->walk) {
		free(round);
		return NULL;
	}
	return round;
}

static void forget_all(struct round *round)
{
	id_set_clear(&round->links);
	id_set_clear(&round->projects);
	id_set_clear(&round->taken);
}

void round_free(struct round *round)
{
	if (!round)
		return;
	close_root(round);
	forget_all(round);
	walk_free(round->walk);
	free(round);
}

void round_begin(struct round *round)
{
	close_root(round);
	forget_all(round);
	round->root = 0;
	memset(&round->top, 0, sizeof(round->top));
}

/* ------------------------------------------------------------------------ the root */

static enum round_state end_root(struct round *round, int error, struct finding *ret)
{
	*ret = round->rest;
	ret->root = round->root;
	ret->error = error ? error : round->rest.error;
	ret->is_measured = error == 0;
	ret->quota_error = round->quota_error;
	close_root(round);
	round->root++;
	return ROUND_FOUND;
}

/* To look into a directory there would mount it. */
static bool is_mounted_on_demand(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && st.f_type == AUTOFS_SUPER_MAGIC;
}

/* The root itself may be a symbolic link: it is the site's own word. */
static int open_root(struct round *round, const char *root, size_t size)
{
	char path[PATH_BUFFER_SIZE];
	struct statx before = round->top;
	uint64_t bytes;
	int r;

	if (size >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, root, size);
	path[size] = '\0';
	round->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (round->fd < 0)
		return -errno;
	if (is_mounted_on_demand(round->fd))
		return -EREMOTE;
	r = walk_look_at(round->fd, &round->top);
	if (r < 0)
		return r;
	if (before.stx_dev_major != round->top.stx_dev_major ||
		before.stx_dev_minor != round->top.stx_dev_minor)
		forget_all(round);
	round->rest.bytes = walk_bytes(&round->top, &round->links);
	round->quota_error =
		round->quota ? round->quota->usage(round->fd, PROBE_PROJECT, &bytes) : -ENODATA;
	round->stage = round->quota_error ? STAGE_DIRECTORIES : STAGE_PROJECTS;
	return 0;
}

/* The next entry of the root. NULL: there is none, or *ret_error says why it can't be read. */
static const char *next_name(struct round *round, int *ret_error)
{
	const struct dirent64 *entry;

	*ret_error = 0;
	if (round->at == round->size) {
		ssize_t n = getdents64(round->fd, round->entry, sizeof(round->entry));

		if (n < 0)
			*ret_error = -errno;
		if (n <= 0)
			return NULL;
		round->at = 0;
		round->size = (size_t)n;
	}
	entry = (const struct dirent64 *)(round->entry + round->at);
	round->at += entry->d_reclen;
	return entry->d_name;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ------------------------------------------------------------------------ projects */

/* The project of a directory of the root; 0: none. */
static uint32_t project_of(const struct round *round, int fd)
{
	uint32_t project;

	return round->quota->project(fd, &project) == 0 ? project : 0;
}

/* What does not fit into the sets is not asked for: it is walked. */
static void note_project(struct round *round, const char *name)
{
	struct statx entry;
	hm_cleanup(hm_closep) int fd = -1;
	uint32_t project;

	if (walk_look(round->fd, name, &entry) < 0 || !S_ISDIR(entry.stx_mode) ||
		walk_is_elsewhere(&entry, &round->top))
		return;
	fd = walk_open(round->fd, name);
	project = fd >= 0 ? project_of(round, fd) : 0;
	if (project != 0 && id_set_add(&round->projects, project) == 0)
		(void)id_set_add(&round->taken, project); /* there is as much room as for others */
}

static enum round_state note_projects(struct round *round, uint32_t *budget)
{
	const char *name;
	int error;

	while (*budget > 0) {
		name = next_name(round, &error);
		if (!name) {
			round->stage = STAGE_DIRECTORIES;
			(void)lseek(round->fd, 0, SEEK_SET); /* never fails for a directory */
			round->at = round->size = 0;
			return ROUND_MORE;
		}
		if (is_dots(name))
			continue;
		--*budget;
		note_project(round, name);
	}
	return ROUND_MORE;
}

/* ------------------------------------------------------------------------ directories */

static bool is_by_quota(struct round *round, int fd, struct finding *home)
{
	uint32_t project;

	if (round->quota_error)
		return false;
	project = project_of(round, fd);
	if (project == 0 || !id_set_has(&round->projects, project) ||
		id_set_has(&round->taken, project))
		return false;
	home->is_by_quota = round->quota->usage(fd, project, &home->bytes) == 0;
	home->is_measured = home->is_by_quota;
	return home->is_by_quota;
}

/* Whether it is a finding, or its walk begins. */
static enum round_state look_into(struct round *round, const char *name, struct finding *ret)
{
	struct finding home = {.root = round->root};
	int fd = walk_open(round->fd, name);

	memcpy(home.name, name, strlen(name) + 1); /* of 255 bytes at most: the kernel's NAME_MAX */
	round->rest.n_directories++;
	if (fd < 0) {
		home.error = fd;
	} else if (is_by_quota(round, fd, &home)) {
		(void)close(fd); /* only looked at */
	} else {
		home.error = walk_begin(round->walk, fd, &round->links);
		if (home.error == 0) {
			round->home = home;
			round->stage = STAGE_WALKING;
			return ROUND_MORE;
		}
	}
	*ret = home;
	return ROUND_FOUND;
}

static enum round_state look_at(struct round *round, const char *name, struct finding *ret)
{
	struct statx entry;
	int r = walk_look(round->fd, name, &entry);

	if (r == 0 && walk_is_elsewhere(&entry, &round->top))
		r = -EXDEV;
	if (r == -ENOENT)
		return ROUND_MORE;
	if (r < 0) {
		*ret = (struct finding){.root = round->root, .is_hidden = true, .error = r};
		memcpy(ret->name, name, strlen(name) + 1); /* of 255 bytes at most: NAME_MAX */
		return ROUND_FOUND;
	}
	if (!S_ISDIR(entry.stx_mode)) {
		round->rest.bytes += walk_bytes(&entry, &round->links);
		return ROUND_MORE;
	}
	return look_into(round, name, ret);
}

static enum round_state list(struct round *round, uint32_t *budget, struct finding *ret)
{
	const char *name;
	int error;

	name = next_name(round, &error);
	if (!name)
		return end_root(round, error, ret);
	if (is_dots(name))
		return ROUND_MORE;
	--*budget;
	return look_at(round, name, ret);
}

static enum round_state walk_on(struct round *round, uint32_t *budget, struct finding *ret)
{
	const struct walk_total *total = walk_total(round->walk);

	if (!walk_step(round->walk, budget))
		return ROUND_MORE;
	round->stage = STAGE_DIRECTORIES;
	*ret = round->home;
	ret->is_measured = true;
	ret->bytes = total->bytes;
	ret->n_missed = total->n_missed;
	ret->error = total->error;
	return ROUND_FOUND;
}

static enum round_state begin_root(struct round *round, struct finding *ret)
{
	const char *root;
	size_t size;
	int r;

	if (!roots_get(round->roots, round->root, &root, &size))
		return ROUND_OVER;
	round->rest = (struct finding){0};
	round->quota_error = 0;
	r = open_root(round, root, size);
	return r < 0 ? end_root(round, r, ret) : ROUND_MORE;
}

enum round_state round_step(struct round *round, uint32_t *budget, struct finding *ret)
{
	enum round_state state = ROUND_MORE;

	while (state == ROUND_MORE && *budget > 0) {
		switch (round->stage) {
		case STAGE_CLOSED:
			state = begin_root(round, ret);
			break;
		case STAGE_PROJECTS:
			state = note_projects(round, budget);
			break;
		case STAGE_DIRECTORIES:
			state = list(round, budget, ret);
			break;
		case STAGE_WALKING:
			state = walk_on(round, budget, ret);
			break;
		}
	}
	return state;
}
