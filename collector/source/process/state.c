/* Fields in the order of two lists, one to write and one to read. */
#include "collector/source/process/state.h"

#include <errno.h>
#include <stdlib.h>

#include "collector/meter/state_codec.h"
#include "hubmeter/cleanup.h"

enum process_flag {
	PROCESS_FLAG_ZOMBIE = 1u << 0,
	PROCESS_FLAG_EXITED = 1u << 1,
	PROCESS_FLAG_ORPHAN = 1u << 2
};

enum server_flag {
	SERVER_FLAG_VOUCHED = 1u << 0,
	SERVER_FLAG_PROVEN = 1u << 1,
	SERVER_FLAG_OWN_ACCOUNT = 1u << 2,
	SERVER_FLAG_OWN_CGROUP = 1u << 3,
	SERVER_FLAG_TOLD = 1u << 4,
	SERVER_FLAG_CROWD = 1u << 5
};

static uint32_t server_flags(const struct server *server)
{
	return (server->is_vouched ? SERVER_FLAG_VOUCHED : 0u) |
	       (server->is_proven ? SERVER_FLAG_PROVEN : 0u) |
	       (server->is_own_account ? SERVER_FLAG_OWN_ACCOUNT : 0u) |
	       (server->has_own_cgroup ? SERVER_FLAG_OWN_CGROUP : 0u) |
	       (server->is_told ? SERVER_FLAG_TOLD : 0u) |
	       (server->is_crowd ? SERVER_FLAG_CROWD : 0u);
}

/*
 * Version 1 believed every claim, and what it believed has been billed since. Before version 4 it
 * was forgotten which unproven ones others are in.
 */
static void get_proof(struct state_reader *reader, uint32_t version, struct server *server)
{
	uint32_t flags = SERVER_FLAG_VOUCHED | SERVER_FLAG_PROVEN;

	if (version > 1) {
		server->cgroup = state_get_u64(reader);
		flags = state_get_u32(reader);
	}
	server->is_vouched = flags & SERVER_FLAG_VOUCHED;
	server->is_proven = flags & SERVER_FLAG_PROVEN;
	server->is_own_account = flags & SERVER_FLAG_OWN_ACCOUNT;
	server->has_own_cgroup = flags & SERVER_FLAG_OWN_CGROUP;
	server->is_told = flags & SERVER_FLAG_TOLD;
	server->is_crowd = version > 3 ? (flags & SERVER_FLAG_CROWD) != 0 : !server->is_proven;
}

static void put_server(struct state_writer *writer, const struct server *server)
{
	state_put_u32(writer, (uint32_t)server->pid);
	state_put_u64(writer, server->start_ticks);
	state_put_u32(writer, server->uid);
	state_put_u64(writer, server->reserved_microcores);
	state_put_u64(writer, server->reserved_bytes);
	state_put_time(writer, server->start_usec);
	state_put_time(writer, server->first_usec);
	state_put_time(writer, server->exit_usec);
	state_put_u64(writer, server->pass_cpu_nsec);
	state_put_text(writer, server->identity.user);
	state_put_text(writer, server->identity.name);
	state_put_text(writer, server->identity.tag);
	state_put_text(writer, server->identity.api_url);
	state_put_u64(writer, server->cgroup);
	state_put_u32(writer, server_flags(server));
}

static struct server *get_server(
	struct state_reader *reader, uint32_t version, struct server **servers)
{
	struct server value = {.pid = (int32_t)state_get_u32(reader), .end_usec = -1};
	struct server *server;

	value.start_ticks = state_get_u64(reader);
	value.uid = state_get_u32(reader);
	value.reserved_microcores = state_get_u64(reader);
	value.reserved_bytes = state_get_u64(reader);
	value.start_usec = state_get_time(reader);
	value.first_usec = state_get_time(reader);
	value.exit_usec = state_get_time(reader);
	value.pass_cpu_nsec = state_get_u64(reader);
	value.identity.user = state_get_text(reader);
	value.identity.name = state_get_text(reader);
	value.identity.tag = state_get_text(reader);
	value.identity.api_url = state_get_text(reader);
	get_proof(reader, version, &value);
	server = reader->error == 0
			 ? server_add(servers, value.pid, value.start_ticks, &value.identity)
			 : NULL;
	if (reader->error == 0 && !server)
		reader->error = -ENOMEM;
	server_identity_release(&value.identity);
	if (!server)
		return NULL;
	value.next = server->next;
	value.identity = server->identity;
	*server = value;
	return server;
}

static uint32_t process_flags(const struct process *process)
{
	return (process->is_zombie ? PROCESS_FLAG_ZOMBIE : 0u) |
	       (process->has_exited ? PROCESS_FLAG_EXITED : 0u) |
	       (process->is_orphan ? PROCESS_FLAG_ORPHAN : 0u);
}

static void put_process(
	struct state_writer *writer, const struct process *process, uint32_t server_number)
{
	state_put_u32(writer, (uint32_t)process->pid);
	state_put_u32(writer, (uint32_t)process->parent);
	state_put_u64(writer, process->start_ticks);
	state_put_u64(writer, process->env_start);
	state_put_u64(writer, process->self_nsec);
	state_put_u64(writer, process->booked_nsec);
	state_put_u64(writer, process->children_nsec);
	state_put_u64(writer, process->attributed_nsec);
	state_put_u32(writer, process_flags(process));
	state_put_u32(writer, server_number);
}

static void get_process(struct state_reader *reader, struct process_table *table,
	struct server *const *servers, uint32_t n_servers)
{
	int32_t pid = (int32_t)state_get_u32(reader), parent = (int32_t)state_get_u32(reader);
	uint64_t start_ticks = state_get_u64(reader);
	struct process *process = process_table_add(table, pid, start_ticks);
	uint32_t flags, number;

	if (!process) {
		reader->error = -ENOMEM;
		return;
	}
	process->parent = parent;
	process->env_start = state_get_u64(reader);
	process->self_nsec = state_get_u64(reader);
	process->booked_nsec = state_get_u64(reader);
	process->children_nsec = state_get_u64(reader);
	process->attributed_nsec = state_get_u64(reader);
	flags = state_get_u32(reader);
	number = state_get_u32(reader);
	if (reader->error == 0 && (number > n_servers || pid <= 0 || parent < 0))
		reader->error = -EBADMSG;
	if (reader->error < 0)
		return;
	process->is_zombie = flags & PROCESS_FLAG_ZOMBIE;
	process->has_exited = flags & PROCESS_FLAG_EXITED;
	process->is_orphan = flags & PROCESS_FLAG_ORPHAN;
	process->is_classified = true;
	process->server = number ? servers[number - 1] : NULL;
}

/* Mark the processes worth keeping; see the header. */
static void mark_kept(const struct process_table *table, bool *kept)
{
	bool *is_reaper = kept + table->count;

	for (size_t i = 0; i < table->count; i++) {
		size_t at = i;

		kept[i] = table->entry[i].server != NULL;
		for (size_t depth = 0; kept[i] && depth < table->count; depth++) {
			at = process_table_find_parent(table, &table->entry[at]);
			if (at == PROCESS_NONE || is_reaper[at])
				break;
			is_reaper[at] = true;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t parent = process_table_find_parent(table, &table->entry[i]);

		kept[i] |= is_reaper[i] || (parent != PROCESS_NONE && is_reaper[parent]);
	}
}

/* Its place in the list, counted from 1; 0: none. */
static uint32_t server_number(const struct server *servers, const struct server *wanted)
{
	uint32_t number = 0;

	for (const struct server *s = servers; s && wanted; s = s->next) {
		number++;
		if (s == wanted)
			return number;
	}
	return 0;
}

static int put_processes(struct state_writer *writer, const struct server *servers,
	const struct process_table *table)
{
	hm_cleanup(hm_freep) bool *kept = calloc(table->count + 1, 2 * sizeof(*kept));
	uint32_t n = 0;

	if (!kept)
		return -ENOMEM;
	mark_kept(table, kept);
	for (size_t i = 0; i < table->count; i++)
		n += kept[i];
	state_put_u32(writer, n);
	for (size_t i = 0; i < table->count; i++)
		if (kept[i])
			put_process(writer, &table->entry[i],
				server_number(servers, table->entry[i].server));
	return 0;
}

/* The oldest first, so that it is the next one to be forgotten. */
static void put_owners(struct state_writer *writer, const struct account_owners *owners)
{
	size_t n = owners->count < ACCOUNT_OWNERS ? owners->count : ACCOUNT_OWNERS;

	state_put_u32(writer, (uint32_t)n);
	for (size_t i = owners->count - n; i < owners->count; i++) {
		const struct account_owner *owner = &owners->entry[i % ACCOUNT_OWNERS];

		state_put_u32(writer, owner->uid);
		state_put_u64(writer, owner->user_key);
		state_put_u32(writer, owner->is_closed);
	}
}

static void get_owners(struct state_reader *reader, struct account_owners *owners)
{
	uint32_t n = state_get_count(reader);

	if (reader->error == 0 && n > ACCOUNT_OWNERS)
		reader->error = -EBADMSG;
	for (uint32_t i = 0; i < n && reader->error == 0; i++) {
		struct account_owner *owner = &owners->entry[i];

		owner->uid = state_get_u32(reader);
		owner->user_key = state_get_u64(reader);
		owner->is_closed = state_get_u32(reader) != 0;
	}
	owners->count = n;
}

int process_state_save(const struct server *servers, const struct process_table *table,
	const struct account_owners *owners, struct buffer *section)
{
	struct state_writer writer = {.buffer = section};
	uint32_t n = 0;
	int r;

	for (const struct server *s = servers; s; s = s->next)
		n++;
	state_put_u32(&writer, n);
	for (const struct server *s = servers; s; s = s->next)
		put_server(&writer, s);
	r = put_processes(&writer, servers, table);
	put_owners(&writer, owners);
	return writer.error < 0 ? writer.error : r;
}

static int get_all(struct state_reader *reader, uint32_t version, struct server **servers,
	struct process_table *table, struct account_owners *owners)
{
	uint32_t n = state_get_count(reader), n_processes;
	hm_cleanup(hm_freep) struct server **by_number = calloc((size_t)n + 1, sizeof(*by_number));

	if (!by_number)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && reader->error == 0; i++)
		by_number[i] = get_server(reader, version, servers);
	n_processes = state_get_count(reader);
	for (uint32_t i = 0; i < n_processes && reader->error == 0; i++)
		get_process(reader, table, by_number, n);
	process_table_sort(table);
	if (version > 2)
		get_owners(reader, owners);
	return state_reader_finish(reader);
}

int process_state_restore(uint32_t version, const void *data, size_t size,
	struct server **ret_servers, struct process_table *ret_table,
	struct account_owners *ret_owners)
{
	struct state_reader reader = state_reader_of(data, size);
	struct server *servers = NULL;
	struct process_table table = {0};
	struct account_owners owners = {.count = 0};
	int r = version >= 1 && version <= PROCESS_STATE_VERSION
			? get_all(&reader, version, &servers, &table, &owners)
			: -EBADMSG;

	if (r < 0) {
		servers_release(&servers);
		process_table_release(&table);
		return r;
	}
	*ret_servers = servers;
	*ret_table = table;
	*ret_owners = owners;
	return 0;
}
