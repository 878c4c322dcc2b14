/*
 * Being told of cgroups that are made and removed, by one inotify instance.
 *
 * Instances are few (128 for each user by default) and often used up on nodes of Kubernetes, so
 * that this one may be refused: then, and after an overflow, whoever asks has to look itself.
 *
 * Invariants
 *  - What is made in a directory after cgroup_watch_add() is told or counts as missed.
 *  - Names are only valid until the next call.
 *
 * Life cycle: cgroup_watch_init() -> cgroup_watch_add()* -> cgroup_watch_next()* ->
 * cgroup_watch_release(). A directory's watch ends with the directory.
 */
#ifndef COLLECTOR_CGROUP_CGROUP_WATCH_H
#define COLLECTOR_CGROUP_CGROUP_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#define CGROUP_WATCH_NONE (-1)

struct cgroup_watch {
	int fd;		 /* -1: refused */
	bool has_missed; /* since somebody looked at this and cleared it */
	char buffer[4096] __attribute__((aligned(8)));
	size_t size, at;
};

struct cgroup_event {
	int number; /* of the watch */
	bool is_removed;
	const char *name;
};

/* 0, or why it was refused; the watch may be used all the same. */
int cgroup_watch_init(struct cgroup_watch *watch);
void cgroup_watch_release(struct cgroup_watch *watch);

/* Its number, or why there is none: -EMFILE, -ENOSPC, -ENOENT, ... */
int cgroup_watch_add(struct cgroup_watch *watch, const char *path);
void cgroup_watch_remove(struct cgroup_watch *watch, int number);

/* False: nothing more has happened. Never waits. */
bool cgroup_watch_next(struct cgroup_watch *watch, struct cgroup_event *ret);

#endif
