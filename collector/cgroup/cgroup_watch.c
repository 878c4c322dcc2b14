/* The kernel's queue of events may overflow, and says so as an event of no watch. */
#include "collector/cgroup/cgroup_watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define EVENTS (IN_CREATE | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW)

int cgroup_watch_init(struct cgroup_watch *watch)
{
	*watch = (struct cgroup_watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
	return watch->fd < 0 ? -errno : 0;
}

void cgroup_watch_release(struct cgroup_watch *watch)
{
	hm_closep(&watch->fd);
	watch->fd = -1;
}

int cgroup_watch_add(struct cgroup_watch *watch, const char *path)
{
	int number = watch->fd < 0 ? -1 : inotify_add_watch(watch->fd, path, EVENTS);

	if (watch->fd < 0)
		return -EMFILE;
	return number < 0 ? -errno : number;
}

void cgroup_watch_remove(struct cgroup_watch *watch, int number)
{
	if (watch->fd >= 0 && number >= 0)
		(void)inotify_rm_watch(watch->fd, number); /* ended with its directory, perhaps */
}

static bool fill(struct cgroup_watch *watch)
{
	ssize_t n = watch->fd < 0 ? -1 : read(watch->fd, watch->buffer, sizeof(watch->buffer));

	watch->at = 0;
	watch->size = n > 0 ? (size_t)n : 0;
	return watch->size > 0;
}

bool cgroup_watch_next(struct cgroup_watch *watch, struct cgroup_event *ret)
{
	for (;;) {
		const struct inotify_event *event;

		if (watch->at == watch->size && !fill(watch))
			return false;
		event = (const struct inotify_event *)(const void *)(watch->buffer + watch->at);
		watch->at += sizeof(*event) + event->len;
		if (event->mask & IN_Q_OVERFLOW)
			watch->has_missed = true;
		if (!(event->mask & IN_ISDIR) || event->len == 0 ||
			!(event->mask & (IN_CREATE | IN_DELETE)))
			continue;
		*ret = (struct cgroup_event){.number = event->wd,
			.is_removed = event->mask & IN_DELETE,
			.name = event->name};
		return true;
	}
}
