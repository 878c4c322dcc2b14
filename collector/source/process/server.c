/* A list: there are as many as people are logged in, and each pass walks all of them. */
#include "collector/source/process/server.h"

#include <stdio.h>
#include <stdlib.h>

void server_identity_release(struct server_identity *identity)
{
	free(identity->user);
	free(identity->name);
	free(identity->tag);
	free(identity->api_url);
	*identity = (struct server_identity){0};
}

struct server *server_add(struct server **servers, int32_t pid, uint64_t start_ticks,
	struct server_identity *identity)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->identity = *identity;
	*identity = (struct server_identity){0};
	server->pid = pid;
	server->start_ticks = start_ticks;
	server->exit_usec = -1;
	server->end_usec = -1;
	server->next = *servers;
	*servers = server;
	return server;
}

const char *server_format_id(const struct server *server, const uint8_t boot_id[HM_BOOT_ID_SIZE],
	char id[SERVER_ID_SIZE])
{
	char *at = id;

	for (size_t i = 0; i < HM_BOOT_ID_SIZE; i++)
		at += sprintf(at, "%02x", boot_id[i]);
	(void)snprintf(at, SERVER_ID_SIZE - 32, "/%llu/%d", (unsigned long long)server->start_ticks,
		(int)server->pid); /* 32 + 1 + 20 + 1 + 10 characters: fits */
	return id;
}

static void remove_one(struct server **at)
{
	struct server *server = *at;

	*at = server->next;
	server_identity_release(&server->identity);
	free(server);
}

void servers_remove_ended(struct server **servers)
{
	while (*servers) {
		if ((*servers)->end_usec >= 0)
			remove_one(servers);
		else
			servers = &(*servers)->next;
	}
}

void servers_release(struct server **servers)
{
	while (*servers)
		remove_one(servers);
}
