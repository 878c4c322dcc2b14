/* Who gets what of the CPU, from the top down; then each workload's interval. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/gpu/ledger.h"
#include "collector/gpu/place.h"
#include "collector/source/group/private.h"
#include "collector/source/residual.h"
#include "common/array.h"

#define RECENT_USEC 2000000 /* what is older than that loses weight */

/* ------------------------------------------------------------------------ those that vanished */

static bool has_vanished(const struct group_node *node)
{
	return node->is_gone && !node->is_over;
}

/* How much CPU it used lately: the last interval counts in full, older ones ever less. */
static void note_recent_use(struct group_node *node)
{
	if (node->recent_usec > RECENT_USEC) {
		node->recent_nsec /= 2;
		node->recent_usec /= 2;
	}
	if (node->read_usec <= node->booked_usec)
		return;
	node->recent_nsec += group_gain(node);
	node->recent_usec += (uint64_t)(node->read_usec - node->booked_usec);
}

static struct account_child unseen_of(const struct group_node *node, const struct source_pass *pass)
{
	int64_t since = node->read_usec < pass->now_usec ? node->read_usec : pass->now_usec;
	uint64_t usec = (uint64_t)(pass->now_usec - since);

	return (struct account_child){
		.expected = residual_expected(node->recent_nsec, node->recent_usec, usec),
		.most = usec * 1000 * pass->node.cores,
	};
}

/* Without memory for all of them the others get nothing, which is the system's. */
static bool add_vanished(struct group_source *source, const struct account_child *child, size_t *n)
{
	if (array_make_room(&source->vanished, *n, &source->max_vanished, sizeof(*source->vanished),
		    64) < 0)
		return false;
	source->vanished[(*n)++] = *child;
	return true;
}

static void hand_out(
	const struct group_source *source, struct group_node *place, size_t n, uint32_t flag)
{
	size_t i = 0;

	for (struct group_node *c = place->child; c && i < n; c = c->next) {
		if (!has_vanished(c))
			continue;
		c->share_nsec = source->vanished[i++].share;
		if (c->share_nsec > 0)
			c->flags |= flag;
	}
}

/*
 * Across a time without a collector nobody can say who else came and went: nobody gets anything of
 * what the place gained beyond those that live on, and nothing is owed.
 */
static void settle_gap(struct group_node *place)
{
	place->carried_nsec = 0;
}

static void settle(
	struct group_source *source, struct group_node *place, const struct source_pass *pass)
{
	struct account account = {.before = place->cpu_nsec - place->booked_nsec,
		.after = place->after_nsec - place->booked_nsec,
		.carried = place->carried_nsec,
		.may_hide = place->may_hide};
	bool is_split = place->flags & HM_FLAG_RESIDUAL_SPLIT;
	bool has_memory = true;
	size_t n = 0;

	if (place->is_gone)
		account.before = account.after = group_gain(place) + place->share_nsec;
	for (struct group_node *c = place->child; c; c = c->next) {
		struct account_child child = unseen_of(c, pass);

		if (!c->is_over)
			account.known += group_gain(c);
		if (has_vanished(c) && has_memory)
			has_memory = add_vanished(source, &child, &n);
	}
	(void)account_settle(&account, source->vanished, n); /* the window knows what nobody got */
	place->carried_nsec = account.carried;
	is_split |= n > 1 || place->may_hide;
	hand_out(source, place, n, is_split ? HM_FLAG_RESIDUAL_SPLIT : HM_FLAG_RESIDUAL);
}

static void settle_all(struct group_source *source, const struct source_pass *pass)
{
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		note_recent_use(n);
		n->share_nsec = 0;
	}
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		if (n->role != GROUP_ROLE_PLACE || !n->is_metered || n->is_over)
			continue;
		if (pass->was_observed)
			settle(source, n, pass);
		else
			settle_gap(n);
	}
}

/* ------------------------------------------------------------------------------- workloads */

static void set_gpu_class(const struct group_source *source, const struct group_node *node)
{
	const char *gpu_class = source->rules->gpu_class(source->self, node->name);

	if (gpu_class)
		(void)workload_set_gpu_class(
			node->workload, gpu_class); /* tried again at the next pass */
}

struct workload *group_workload(
	const struct group_source *source, struct window *window, struct group_node *node)
{
	const struct group_identity *identity = &node->identity;
	char id[GROUP_ID_SIZE];

	if (!node->workload && group_format_id(source, node, id) == 0)
		node->workload = window_workload(window, source->rules->kind, id, node->first_usec);
	if (node->workload && source->rules->gpu_class && node->n_gpus > 0)
		set_gpu_class(source, node);
	if (node->workload)
		(void)workload_identify(node->workload, identity->user ? identity->user : "",
			identity->server ? identity->server : "",
			identity->tag ? identity->tag : ""); /* tried again at the next pass */
	return node->workload;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct interval interval_of(const struct group_node *node, const struct source_pass *pass)
{
	int64_t end_usec =
		node->is_gone && !pass->was_observed ? pass->previous_usec : pass->now_usec;
	struct interval interval = {.start_usec = later(node->first_usec, pass->previous_usec),
		.end_usec = later(end_usec, node->first_usec),
		.suspended_usec = pass->suspended_usec,
		.flags = node->flags};
	int64_t length = interval.end_usec - interval.start_usec - pass->suspended_usec;
	uint64_t usec = length > 0 ? (uint64_t)length : 0;
	bool has_processes = node->was_populated || (node->is_populated && !node->is_gone);

	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)node->pending_nsec * 1000;
	interval.used[HM_RESOURCE_GPU_MSEC] = node->pending_gpu_nsec;
	if (pass->was_observed && node->has_level && node->has_next_level && !node->is_gone)
		interval.used[HM_RESOURCE_MEMORY_MIB_SEC] =
			((uint128)node->level_bytes + node->next_level_bytes) * usec / 2;
	if (!has_processes || (!pass->was_observed && node->is_newborn))
		return interval; /* nobody knows since when in the gap it was reserved */
	interval.reserved[HM_RESOURCE_CPU_USEC] =
		(uint128)node->identity.reserved_microcores * usec;
	interval.reserved[HM_RESOURCE_MEMORY_MIB_SEC] =
		(uint128)node->identity.reserved_bytes * usec;
	interval.reserved[HM_RESOURCE_GPU_MSEC] = (uint128)node->n_gpus * usec * 1000;
	if (node->n_gpus > 0 && node->has_shared_gpu)
		interval.flags |= HM_FLAG_ESTIMATED;
	return interval;
}

/* Of several cgroups one after the other that are one workload. */
static bool is_held_by_another(const struct group_source *source, const struct group_node *node)
{
	for (const struct group_node *n = source->root; n; n = node_next(n))
		if (n != node && n->workload == node->workload)
			return true;
	return false;
}

/* Its end may be known before it is known whose it is: then the window keeps it. */
static void end_workload(
	const struct group_source *source, struct group_node *node, const struct source_pass *pass)
{
	if (node->workload->end_usec < 0 && !is_held_by_another(source, node))
		workload_end(
			node->workload, pass->now_usec); /* CPU of a gap may be of any moment */
	if (!node->is_withheld)
		node->workload = NULL;
}

/* It turned out to be nobody's. */
static void leave_workload(const struct group_source *source, struct window *window,
	struct group_node *node, const struct source_pass *pass)
{
	if (!node->is_withheld) {
		end_workload(source, node, pass);
		return;
	}
	if (!is_held_by_another(source, node))
		window_drop(window, node->workload);
	node->workload = NULL;
	node->is_withheld = false;
}

static bool is_to_be_withheld(const struct group_source *source, const struct group_node *node,
	const struct source_pass *pass)
{
	bool is_known = node->is_identified || (node->identity.user && *node->identity.user);

	return !is_known && pass->now_usec - node->first_usec < source->rules->withhold_usec;
}

static void withhold(const struct group_source *source, struct window *window,
	struct group_node *node, const struct source_pass *pass)
{
	if (source->rules->withhold_usec == 0)
		return;
	node->is_withheld = is_to_be_withheld(source, node, pass);
	window_withhold(window, node->workload, node->is_withheld);
}

static void take_network(struct group_node *node, struct interval *interval)
{
	struct network *network = node->network;

	if (!network)
		return;
	interval->net_rx_bytes = network->pending_rx_bytes;
	interval->net_tx_bytes = network->pending_tx_bytes;
	network->pending_rx_bytes = network->pending_tx_bytes = 0;
}

static uint64_t gpu_of(const struct group_source *source, const struct claims *claims,
	struct gpu_ledger *gpu, uint64_t inode)
{
	uint64_t key = cgroup_tree_key(&source->tree, inode);

	if (inode == 0 || claims_is_taken(claims, source->rules->rank, key))
		return 0;
	return gpu_ledger_take_cgroup(gpu, key);
}

/* What the processes in each workload and below did on GPUs; that is known behind all readings. */
static void take_gpu(
	struct group_source *source, const struct claims *claims, struct gpu_ledger *gpu)
{
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		if (n->role != GROUP_ROLE_WORKLOAD || n->is_over)
			continue;
		n->pending_gpu_nsec += gpu_of(source, claims, gpu, n->cgroup.inode);
		for (size_t i = 0; i < n->n_below; i++)
			n->pending_gpu_nsec += gpu_of(source, claims, gpu, n->below[i]);
		if (source->rules->rank == SOURCE_RANK_POD)
			n->pending_gpu_nsec +=
				gpu_ledger_take_pod(gpu, gpu_pod_key(n->name, strlen(n->name)));
	}
}

/* Whether what it did is booked, and not waiting for memory or a name. */
static bool book_workload(struct group_source *source, struct window *window,
	struct group_node *node, const struct source_pass *pass)
{
	struct interval interval;
	struct workload *workload = group_workload(source, window, node);

	if (!node->is_over)
		node->pending_nsec += group_gain(node) + node->share_nsec;
	if (!workload)
		return false;
	if (!node->is_over || !node->is_withheld) {
		interval = interval_of(node, pass);
		take_network(node, &interval);
		workload_book(workload, &interval);
		node->pending_nsec = 0;
		node->pending_gpu_nsec = 0;
		node->flags = 0;
	}
	withhold(source, window, node, pass);
	if (node->is_gone)
		end_workload(source, node, pass);
	return true;
}

static void book_node(struct group_source *source, struct window *window, struct group_node *node,
	const struct source_pass *pass)
{
	if (node->role == GROUP_ROLE_WORKLOAD)
		(void)book_workload(source, window, node, pass); /* or it waits in the node */
	else if (node->workload)
		leave_workload(source, window, node, pass);
}

/* --------------------------------------------------------------------------- the next pass */

static void advance(struct group_node *node)
{
	node->booked_nsec += group_gain(node);
	if (node->role == GROUP_ROLE_PLACE)
		node->flags = 0;
	node->booked_usec = node->read_usec;
	node->after_nsec = node->cpu_nsec;
	node->is_newborn = false;
	node->may_hide = false;
	node->was_populated = node->is_populated;
	node->has_level = node->has_next_level;
	node->level_bytes = node->next_level_bytes;
	node->is_over = node->is_gone;
}

/* Something in it, or itself. */
static bool has_waiting(const struct group_node *node)
{
	const struct group_node *end = node_after(node);

	for (const struct group_node *n = node; n != end; n = node_next(n))
		if (n->pending_nsec > 0 || n->pending_gpu_nsec > 0 || n->is_withheld)
			return true;
	return false;
}

static size_t count(const struct group_node *node)
{
	const struct group_node *end = node_after(node);
	size_t n_nodes = 0;

	for (const struct group_node *n = node; n != end; n = node_next(n))
		n_nodes++;
	return n_nodes;
}

static void remove_gone(struct group_source *source)
{
	struct group_node *next;

	for (struct group_node *n = source->root; n; n = next) {
		bool is_removed = n->is_gone && n->parent && !has_waiting(n);

		next = is_removed ? node_after(n) : node_next(n);
		if (!is_removed)
			continue;
		source->n_nodes -= count(n);
		node_remove(n, &source->tree);
	}
}

/* The first pass of all. */
static void take_baselines(struct group_source *source, const struct source_pass *pass)
{
	for (struct group_node *n = source->root; n; n = node_next(n)) {
		n->carried_nsec = 0;
		n->first_usec = pass->now_usec;
		if (n->network)
			n->network->pending_rx_bytes = n->network->pending_tx_bytes = 0;
	}
}

void group_source_book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct group_source *source = self;

	if (pass->previous_usec < 0) {
		take_baselines(source, pass);
	} else {
		settle_all(source, pass);
		if (pass->gpu)
			take_gpu(source, claims, pass->gpu);
		for (struct group_node *n = source->root; n; n = node_next(n))
			book_node(source, window, n, pass);
	}
	for (struct group_node *n = source->root; n; n = node_next(n))
		advance(n);
	remove_gone(source);
}
