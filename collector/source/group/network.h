/*
 * What a workload received and sent: the counters of the interfaces in its network namespace, as
 * its processes see them. Pure.
 *
 * Interfaces are told apart by name, so that one that is taken away or made anew makes nobody pay
 * for the others again. Those within that carry once more what another one carries (bridges, the
 * ends of nested containers, tunnels) do not count, nor does the loopback.
 *
 * Invariants
 *  - No byte is counted twice. Of a namespace that was not there before everything counts if the
 *    workload was born under our eyes and this is its first one; else counting begins there.
 *  - An interface that is new in a namespace that is known, or whose counter fell, began with
 *    nothing since, so all that it says counts.
 *  - At most NETWORK_INTERFACES_MAX interfaces count, those with the lowest numbers.
 *  - What is pending is whole bytes, and as much as was counted and not taken.
 *
 * Life cycle: network_new() -> (network_take()* -> its user takes what is pending)* -> free().
 */
#ifndef COLLECTOR_SOURCE_GROUP_NETWORK_H
#define COLLECTOR_SOURCE_GROUP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/proc/proc_parse.h"

#define NETWORK_INTERFACES_MAX 8

struct network_interface {
	char name[PROC_NET_NAME_MAX + 1];
	uint64_t rx_bytes, tx_bytes; /* as it last said */
};

struct network {
	uint64_t namespace_key; /* proc_read_net_namespace(); 0: none seen so far */
	int32_t pid;		/* of who is asked; 0: to be found */
	bool counts_from_birth; /* its first namespace, which is not seen yet */
	uint32_t n_failed;	/* times in a row that it could not be read */
	uint32_t n;
	struct network_interface interface[NETWORK_INTERFACES_MAX];
	uint64_t pending_rx_bytes, pending_tx_bytes; /* not booked yet */
};

/* NULL: no memory. */
struct network *network_new(bool counts_from_birth);

/* What /proc/PID/net/dev says of the namespace @key. */
void network_take(struct network *network, uint64_t key, const char *data, size_t size);

#endif
