/*
 * The counters of a workload's interfaces, by one of its processes: the one that was there first,
 * which of a pod holds its sandbox, and as long as it lives. Nothing is kept open, as that would
 * keep the namespace beyond its end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/group/private.h"
#include "common/log.h"

#define NET_DEV_MAX 16384 /* a hundred interfaces */
#define FAILED_MAX  3u	  /* in a row: it does not come and go, it can't be read */

/* The machine's own: workloads in it have no interfaces of their own. */
static int find_machine(struct group_source *source)
{
	int r = 0;

	if (!source->proc.dir)
		r = proc_dir_open(source->config->proc, &source->proc);
	if (r == 0 && source->machine_network == 0)
		r = proc_read_net_namespace(&source->proc, 1, &source->machine_network);
	return r;
}

struct reading {
	char data[NET_DEV_MAX];
	size_t size;
	uint64_t namespace_key;
};

static int read_of(const struct group_source *source, int32_t pid, struct reading *ret)
{
	return proc_read_net(&source->proc, pid, source->machine_network, ret->data,
		sizeof(ret->data), &ret->size, &ret->namespace_key);
}

/* Who was asked before may be gone, or somebody else by now. */
static int read_network(struct group_source *source, struct network *network, const char *path)
{
	struct reading reading;
	int r = find_machine(source);

	if (r < 0)
		return r;
	if (network->pid > 0)
		r = read_of(source, network->pid, &reading);
	if (network->pid <= 0 || r < 0 || reading.namespace_key != network->namespace_key) {
		r = group_source_first_pid(source, path, &network->pid);
		if (r == 0)
			r = read_of(source, network->pid, &reading);
	}
	if (r < 0)
		network->pid = 0;
	else if (reading.namespace_key != source->machine_network)
		network_take(network, reading.namespace_key, reading.data, reading.size);
	return r;
}

static void say_unread(struct group_source *source, int error)
{
	if (source->said_no_network)
		return;
	source->said_no_network = true;
	log_event(LOG_PRIORITY_WARNING, "network_unread",
		"reason=\"%s\" consequence=\"what a workload receives and sends is not known: its "
		"processes, and the machine's first one, must be seen in the proc file system\"",
		strerror(-error));
}

static void note_failure(struct group_source *source, struct network *network, int r)
{
	network->n_failed = r < 0 ? network->n_failed + 1 : 0;
	if (network->n_failed == FAILED_MAX)
		say_unread(source, r);
}

void group_read_network(struct group_source *source, struct group_node *node)
{
	const struct group_rules *rules = source->rules;
	char path[GROUP_PATH_SIZE];

	if (!rules->counts_network || !rules->counts_network(source->self)) {
		free(node->network);
		node->network = NULL;
		return;
	}
	if (!node->network)
		node->network = network_new(node->is_newborn); /* else at the next pass */
	if (!node->network || node->is_gone || !node->is_populated || !node_path(node, path))
		return;
	note_failure(source, node->network, read_network(source, node->network, path));
}
