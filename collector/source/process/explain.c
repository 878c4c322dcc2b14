/* What this source says of its servers for people. */
#include "collector/source/process/process_source.h"

#include <stdio.h>

#define WHERE_SIZE 64

static const char *because(const struct server *server)
{
	if (!server->is_proven)
		return "unproven: neither its parent nor its account says whose it is";
	if (server->is_told)
		return "the hub says so";
	return server->is_vouched ? "its parent may say so" : "its account has that name";
}

void source_explain(const void *self, const char *name, explain_fn explain, void *context)
{
	const struct process_source *source = self;

	for (const struct server *s = source->servers; s; s = s->next) {
		char id[SERVER_ID_SIZE], where[WHERE_SIZE];
		struct explained explained = {.source = name,
			.workload = server_format_id(s, source->boot_id, id),
			.user = s->is_proven ? s->identity.user : "",
			.server = s->is_proven ? s->identity.name : "",
			.tag = s->is_proven ? s->identity.tag : "",
			.where = where,
			.because = because(s)};

		if (s->is_claimed)
			continue; /* another source has it */
		(void)snprintf(where, sizeof(where), "process %d of account %u", (int)s->pid,
			s->uid); /* fits */
		explain(context, &explained);
	}
}

size_t source_count(const void *self)
{
	const struct process_source *source = self;
	size_t n = 0;

	for (const struct server *s = source->servers; s; s = s->next)
		n += !s->is_claimed;
	return n;
}
