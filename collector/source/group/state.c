/* Nodes in the order in which a place comes before what is in it, each with its depth. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/meter/state_codec.h"
#include "collector/source/group/private.h"

enum node_flag {
	NODE_FLAG_METERED = 1u << 0,
	NODE_FLAG_LISTED = 1u << 1,
	NODE_FLAG_IDENTIFIED = 1u << 2,
	NODE_FLAG_POPULATED = 1u << 3
};
#define DEPTH_MAX 16

static uint32_t flags_of(const struct group_node *node)
{
	return (node->is_metered ? NODE_FLAG_METERED : 0u) |
	       (node->is_listed ? NODE_FLAG_LISTED : 0u) |
	       (node->is_identified ? NODE_FLAG_IDENTIFIED : 0u) |
	       (node->was_populated ? NODE_FLAG_POPULATED : 0u);
}

static uint32_t depth_of(const struct group_node *node)
{
	uint32_t depth = 0;

	while ((node = node->parent))
		depth++;
	return depth;
}

static bool is_kept(const struct group_node *node)
{
	for (; node; node = node->parent)
		if (node->is_gone)
			return false;
	return true;
}

static void put_text(struct state_writer *writer, const char *text)
{
	state_put_text(writer, text ? text : "");
}

static void put_network(struct state_writer *writer, const struct network *network)
{
	state_put_u32(writer, network != NULL);
	if (!network)
		return;
	state_put_u64(writer, network->namespace_key);
	state_put_u32(writer, (uint32_t)network->pid);
	state_put_u32(writer, network->counts_from_birth);
	state_put_u64(writer, network->pending_rx_bytes);
	state_put_u64(writer, network->pending_tx_bytes);
	state_put_u32(writer, network->n);
	for (uint32_t i = 0; i < network->n; i++) {
		state_put_text(writer, network->interface[i].name);
		state_put_u64(writer, network->interface[i].rx_bytes);
		state_put_u64(writer, network->interface[i].tx_bytes);
	}
}

static void put_node(struct state_writer *writer, const struct group_node *node)
{
	state_put_u32(writer, depth_of(node));
	state_put_text(writer, node->name);
	state_put_u32(writer, (uint32_t)node->role);
	state_put_u32(writer, flags_of(node));
	state_put_u64(writer, node->cgroup.inode);
	state_put_u64(writer, node->booked_nsec);
	state_put_u64(writer, (uint64_t)node->carried_nsec);
	state_put_time(writer, node->first_usec);
	if (node->role != GROUP_ROLE_WORKLOAD)
		return;
	state_put_u64(writer, node->pending_nsec);
	put_text(writer, node->identity.user);
	put_text(writer, node->identity.server);
	put_text(writer, node->identity.tag);
	state_put_u64(writer, node->identity.reserved_microcores);
	state_put_u64(writer, node->identity.reserved_bytes);
	put_network(writer, node->network);
}

int group_state_save(const struct group_source *source, struct buffer *section)
{
	struct state_writer writer = {.buffer = section};
	uint32_t n = 0;

	for (const struct group_node *node = source->root; node; node = node_next(node))
		n += is_kept(node);
	state_put_u32(&writer, source->tree.is_v1);
	state_put_u32(&writer, n);
	for (const struct group_node *node = source->root; node; node = node_next(node))
		if (is_kept(node))
			put_node(&writer, node);
	return writer.error;
}

/* Where the next node goes: the last one of each depth. */
struct stack {
	struct group_node *at[DEPTH_MAX + 1];
	uint32_t depth; /* of the last one, counted from 1 */
};

static struct group_node *push(struct state_reader *reader, struct stack *stack, uint32_t depth,
	const char *name, uint32_t role)
{
	struct group_node *node = NULL;
	bool is_fit = depth <= stack->depth && depth <= DEPTH_MAX &&
		      (depth == 0) == !stack->depth && role <= GROUP_ROLE_STRANGER &&
		      (depth == 0 || stack->at[depth - 1]->role == GROUP_ROLE_PLACE);

	if (reader->error == 0 && !is_fit)
		reader->error = -EBADMSG;
	if (reader->error == 0) {
		node = node_new(depth ? stack->at[depth - 1] : NULL, name, (enum group_role)role);
		reader->error = node ? 0 : -ENOMEM;
	}
	if (node) {
		stack->at[depth] = node;
		stack->depth = depth + 1;
	}
	return node;
}

static void get_workload(struct state_reader *reader, struct group_node *node)
{
	node->pending_nsec = state_get_u64(reader);
	node->identity.user = state_get_text(reader);
	node->identity.server = state_get_text(reader);
	node->identity.tag = state_get_text(reader);
	node->identity.reserved_microcores = state_get_u64(reader);
	node->identity.reserved_bytes = state_get_u64(reader);
}

static void get_interface(struct state_reader *reader, struct network_interface *interface)
{
	char *name = state_get_text(reader);

	if (reader->error == 0 && strlen(name) > PROC_NET_NAME_MAX)
		reader->error = -EBADMSG;
	if (reader->error == 0)
		memcpy(interface->name, name, strlen(name) + 1);
	free(name);
	interface->rx_bytes = state_get_u64(reader);
	interface->tx_bytes = state_get_u64(reader);
}

static void get_network(struct state_reader *reader, struct group_node *node)
{
	struct network *network;

	if (state_get_u32(reader) == 0 || reader->error < 0)
		return;
	network = node->network = network_new(false);
	if (!network) {
		reader->error = -ENOMEM;
		return;
	}
	network->namespace_key = state_get_u64(reader);
	network->pid = (int32_t)state_get_u32(reader);
	network->counts_from_birth = state_get_u32(reader);
	network->pending_rx_bytes = state_get_u64(reader);
	network->pending_tx_bytes = state_get_u64(reader);
	network->n = state_get_u32(reader);
	if (reader->error == 0 && network->n > NETWORK_INTERFACES_MAX)
		reader->error = -EBADMSG;
	for (uint32_t i = 0; i < network->n && reader->error == 0; i++)
		get_interface(reader, &network->interface[i]);
}

static void get_node(struct state_reader *reader, uint32_t version, struct stack *stack)
{
	uint32_t depth = state_get_u32(reader);
	char *name = state_get_text(reader);
	uint32_t role = state_get_u32(reader);
	struct group_node *node = push(reader, stack, depth, name, role);
	uint32_t flags;

	free(name);
	if (!node)
		return;
	flags = state_get_u32(reader);
	node->is_metered = flags & NODE_FLAG_METERED;
	node->is_listed = flags & NODE_FLAG_LISTED;
	node->is_identified = flags & NODE_FLAG_IDENTIFIED;
	node->is_populated = node->was_populated = flags & NODE_FLAG_POPULATED;
	node->cgroup.inode = state_get_u64(reader);
	node->cpu_nsec = node->after_nsec = node->booked_nsec = state_get_u64(reader);
	node->carried_nsec = (int64_t)state_get_u64(reader);
	node->first_usec = state_get_time(reader);
	if (role == GROUP_ROLE_WORKLOAD)
		get_workload(reader, node);
	if (role == GROUP_ROLE_WORKLOAD && version != GROUP_STATE_WITHOUT_NETWORK)
		get_network(reader, node);
}

int group_state_restore(
	struct group_source *source, uint32_t version, const void *data, size_t size)
{
	struct state_reader reader = state_reader_of(data, size);
	struct stack stack = {.depth = 0};
	bool is_v1 = state_get_u32(&reader);
	uint32_t n = state_get_count(&reader);
	int r;

	for (uint32_t i = 0; i < n && reader.error == 0; i++)
		get_node(&reader, version, &stack);
	r = state_reader_finish(&reader);
	if (r == 0 && source->tree.fd >= 0 && is_v1 != source->tree.is_v1)
		r = -EBADMSG; /* inodes of another tree say nothing */
	if (r < 0) {
		if (stack.at[0])
			node_remove(stack.at[0], &source->tree);
		return r;
	}
	source->root = stack.at[0];
	source->n_nodes = n;
	return 0;
}
