/* Every interval is drawn from a seed of its own, so that any order of them can be tried. */
#include "tests/support/make_intervals.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t quantity(struct random_source *random, uint64_t bound)
{
	uint64_t value = random_below(random, bound);

	return random_below(random, 4) == 0 ? 0 : value >> random_below(random, 20);
}

void make_interval(const struct made_intervals *plan, uint32_t i, struct interval_set *set)
{
	struct random_source random = {plan->seed * 1000003 + i};
	char hub[32], node[32], class[32], workload[32], user[32], tag[32];
	struct usage_interval interval = {.hub = hub,
		.node = node,
		.workload = workload,
		.username = user,
		.server = random_below(&random, 2) ? "lab" : "",
		.tag = tag,
		.resource_class = class,
		.kind = (enum hm_workload_kind)(1 + random_below(&random, 5))};
	struct interval_conflict conflict;
	uint64_t length = 1 + random_below(&random, (uint64_t)plan->max_usec);

	(void)snprintf(hub, sizeof(hub), "hub-%u", (unsigned)random_below(&random, plan->hubs));
	(void)snprintf(node, sizeof(node), "node-%u", (unsigned)random_below(&random, plan->nodes));
	(void)snprintf(
		class, sizeof(class), "class-%u", (unsigned)random_below(&random, plan->classes));
	(void)snprintf(workload, sizeof(workload), "w%u", (unsigned)i);
	(void)snprintf(user, sizeof(user), "user-%u", (unsigned)random_below(&random, 50));
	(void)snprintf(tag, sizeof(tag), "tag-%u", (unsigned)random_below(&random, 5));
	interval.start_usec = MADE_INTERVALS_START_USEC +
			      (int64_t)random_below(&random, (uint64_t)plan->span_usec);
	if (random_below(&random, 4) == 0) { /* from slot to slot */
		interval.start_usec -= interval.start_usec % HM_SLOT_USEC;
		length += (uint64_t)HM_SLOT_USEC - length % (uint64_t)HM_SLOT_USEC;
	}
	interval.end_usec = interval.start_usec + (int64_t)length;
	for (size_t q = 0; q < USAGE_QUANTITY_COUNT; q++)
		interval.quantity[q] = quantity(&random, q < 2 ? length * 64 : 1u << 30);
	if (interval_set_add(set, &interval, i + 1, &conflict) < 0)
		abort();
}
