/* Which servers' processes ended since the last look: those whose pidfd is readable. */
#include "collector/source/process/process_source.h"

#include <sys/epoll.h>

void source_mark_ended(struct process_source *source)
{
	struct epoll_event event[64]; /* more of them are told again */
	int n = epoll_wait(source->epoll_fd, event, sizeof(event) / sizeof(*event), 0);

	for (struct server *s = source->servers; s; s = s->next)
		s->has_ended = false;
	for (int i = 0; i < n; i++) {
		size_t at = process_table_find_live(&source->table, (int32_t)event[i].data.u64);

		if (at != PROCESS_NONE && source->table.entry[at].server)
			source->table.entry[at].server->has_ended = true;
	}
}
