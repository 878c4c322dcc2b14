/*
 * The process source's section of the state: its servers, the counters of their processes, and
 * whose accounts are.
 *
 * Invariants
 *  - Besides the processes of servers it keeps their reapers outside, and the reapers' other
 *    children, so that the end of a server while no collector ran is still found.
 *  - Reading never trusts: -EBADMSG leaves the outputs untouched.
 */
#ifndef COLLECTOR_SOURCE_PROCESS_STATE_H
#define COLLECTOR_SOURCE_PROCESS_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/source/process/process_table.h"
#include "collector/source/process/server.h"
#include "collector/source/process/whose/account.h"
#include "common/buffer.h"

/* 1 knew nothing of proof, 2 forgot whose accounts are, 3 which unproven ones others are in */
#define PROCESS_STATE_VERSION 4u

int process_state_save(const struct server *servers, const struct process_table *table,
	const struct account_owners *owners, struct buffer *section);

/*
 * Of this @version or an earlier one. All outputs come empty; the caller releases the first two.
 * -EBADMSG, -ENOMEM.
 */
int process_state_restore(uint32_t version, const void *data, size_t size,
	struct server **ret_servers, struct process_table *ret_table,
	struct account_owners *ret_owners);

#endif
