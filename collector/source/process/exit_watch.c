/*
 * Being told of a server's end: a pidfd of each server's process, all in one epoll descriptor,
 * which the owner of the loop polls.
 */
#include "collector/source/process/process_source.h"

#include "collector/source/process/whose/hub.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUB_EVENT UINT64_MAX /* no process has it */

/* The hub's answers wake the collector too. */
void source_watch_hub(struct process_source *source)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = HUB_EVENT};

	if (source->hub && source->epoll_fd >= 0) /* else they wait for the next pass */
		(void)epoll_ctl(source->epoll_fd, EPOLL_CTL_ADD, hub_fd(source->hub), &event);
}

bool source_has_ended(const struct process_source *source)
{
	struct epoll_event event[2]; /* one of them may be the hub's */
	int n = epoll_wait(source->epoll_fd, event, 2, 0);

	for (int i = 0; i < n; i++)
		if (event[i].data.u64 != HUB_EVENT)
			return true;
	return !source->hub;
}

static void watch(struct process_source *source, struct process *process)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)process->pid};
	int fd = (int)syscall(SYS_pidfd_open, process->pid, 0); /* close-on-exec by itself */

	if (fd < 0)
		return; /* ended just now, or an old kernel: the next pass sees it anyway */
	if (epoll_ctl(source->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		(void)close(fd); /* was never used */
		return;
	}
	process->event_fd = fd;
	source->n_event_fds++;
}

void source_unwatch(struct process_source *source, struct process *process)
{
	if (process->event_fd < 0)
		return;
	(void)close(process->event_fd); /* which takes it out of the epoll descriptor */
	process->event_fd = -1;
	source->n_event_fds--;
}

void source_watch_ends(struct process_source *source)
{
	for (size_t i = 0; i < source->table.count; i++) {
		struct process *process = &source->table.entry[i];
		const struct server *server = process->server;

		if (process->has_exited || process->is_zombie || !server) {
			source_unwatch(source, process);
			continue;
		}
		if (process->event_fd < 0 && source->epoll_fd >= 0 && source->proc.is_kernel &&
			server->pid == process->pid &&
			server->start_ticks == process->start_ticks &&
			source->n_event_fds < source->max_event_fds)
			watch(source, process);
	}
}
