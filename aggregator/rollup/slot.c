/* Largest remainder in constant time per slot, whatever the length of the interval. */
#include "aggregator/rollup/slot.h"

#include <errno.h>
#include <stdbool.h>

#include "hubmeter/usage.h"

int64_t slot_floor(int64_t usec)
{
	int64_t into = usec % HM_SLOT_USEC;

	return usec - (into < 0 ? into + HM_SLOT_USEC : into);
}

int slot_span_init(struct slot_span *span, int64_t start_usec, int64_t end_usec)
{
	struct slot_span s = {0};
	int64_t last_usec;
	uint64_t count;

	if (end_usec <= start_usec)
		return -EINVAL;
	s.first_usec = slot_floor(start_usec);
	last_usec = slot_floor(end_usec - 1);
	count = ((uint64_t)last_usec - (uint64_t)s.first_usec) / (uint64_t)HM_SLOT_USEC + 1;
	if (count > INT32_MAX)
		return -ERANGE;
	s.count = (uint32_t)count;
	s.total_usec = (uint64_t)end_usec - (uint64_t)start_usec;
	s.members[SLOT_PART_FIRST] = 1;
	s.weight_usec[SLOT_PART_FIRST] = s.total_usec;
	if (count > 1) {
		s.weight_usec[SLOT_PART_FIRST] =
			(uint64_t)(s.first_usec + HM_SLOT_USEC - start_usec);
		s.members[SLOT_PART_LAST] = 1;
		s.weight_usec[SLOT_PART_LAST] = (uint64_t)(end_usec - last_usec);
		s.members[SLOT_PART_MIDDLE] = s.count - 2;
		s.weight_usec[SLOT_PART_MIDDLE] = (uint64_t)HM_SLOT_USEC;
	}
	*span = s;
	return 0;
}

/* Hand @left single units to the kinds in order of their remainders. */
static void give_extra(
	const struct slot_span *span, const uint64_t *remainder, uint64_t left, uint32_t *extra)
{
	bool done[SLOT_PART_COUNT] = {false};

	while (left > 0) {
		int best = -1;

		for (int part = 0; part < SLOT_PART_COUNT; part++)
			if (!done[part] && (best < 0 || remainder[part] > remainder[best]))
				best = part;
		done[best] = true;
		extra[best] = left < span->members[best] ? (uint32_t)left : span->members[best];
		left -= extra[best];
	}
}

void slot_split(const struct slot_span *span, uint64_t quantity, struct slot_split *ret)
{
	struct slot_split split = {.count = span->count};
	uint64_t remainder[SLOT_PART_COUNT];
	uint64_t left = quantity;

	if (span->count == 1) {
		split.floor[SLOT_PART_FIRST] = quantity;
		*ret = split;
		return;
	}
	for (int part = 0; part < SLOT_PART_COUNT; part++) {
		unsigned __int128 product = (unsigned __int128)quantity * span->weight_usec[part];

		split.floor[part] = (uint64_t)(product / span->total_usec);
		remainder[part] = (uint64_t)(product % span->total_usec);
		left -= split.floor[part] * span->members[part];
	}
	give_extra(span, remainder, left, split.extra);
	*ret = split;
}

uint64_t slot_share(const struct slot_split *split, uint32_t i)
{
	if (i == 0)
		return split->floor[SLOT_PART_FIRST] + split->extra[SLOT_PART_FIRST];
	if (i == split->count - 1)
		return split->floor[SLOT_PART_LAST] + split->extra[SLOT_PART_LAST];
	return split->floor[SLOT_PART_MIDDLE] + (i - 1 < split->extra[SLOT_PART_MIDDLE]);
}
