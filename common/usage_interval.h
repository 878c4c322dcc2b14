/*
 * What one workload used between two instants, as another accounting system tells it: one row of
 * `hubmeter import usage`, one line of the collector's `command` source. Pure.
 *
 * Invariants
 *  - After usage_interval_check() every required column was given, names are clean text, the
 *    interval is not empty, starts after 1970 and has at most 400 days, and at least one quantity
 *    was given. Quantities left out are 0.
 *  - Quantities are whole numbers of the unit in which usage is stored. What that unit cannot hold
 *    is refused, never rounded.
 *  - usage_interval_share() conserves: the shares of [a, b) and [b, c) add up to that of [a, c),
 *    and that of the whole interval is what was given. In every share
 *    max(used, reserved) = billable, within one unit of the exact proportion for the smaller of
 *    the two and within two for the larger.
 *
 * Life cycle: none. Names are borrowed from whoever set them.
 *
 *	struct usage_interval interval = {0};
 *	char reason[USAGE_REASON_SIZE];
 *	enum usage_column column;
 *
 *	for (column = 0; column < USAGE_COLUMN_COUNT; column++)
 *		if (usage_interval_set(&interval, column, field[column], reason) < 0)
 *			complain(usage_columns[column].name, reason);
 *	if (usage_interval_check(&interval, &column, reason) < 0)
 *		complain(usage_columns[column].name, reason);
 *
 * Don't skip the check: an interval that was only set may lack its end.
 */
#ifndef COMMON_USAGE_INTERVAL_H
#define COMMON_USAGE_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hubmeter/usage.h"

#define USAGE_INTERVAL_MAX_USEC (400LL * 86400 * 1000 * 1000)
#define USAGE_NAME_MAX		255u /* bytes of UTF-8 */
#define USAGE_REASON_SIZE	160

/* The columns in their documented order: names, instants, quantities. */
enum usage_column {
	USAGE_COLUMN_HUB,
	USAGE_COLUMN_NODE,
	USAGE_COLUMN_WORKLOAD,
	USAGE_COLUMN_KIND,
	USAGE_COLUMN_USERNAME,
	USAGE_COLUMN_SERVER,
	USAGE_COLUMN_TAG,
	USAGE_COLUMN_CLASS,
	USAGE_COLUMN_START,
	USAGE_COLUMN_END,
	USAGE_COLUMN_CPU_CORE_SECONDS,
	USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS,
	USAGE_COLUMN_MEMORY_MIB_SECONDS,
	USAGE_COLUMN_MEMORY_RESERVED_MIB_SECONDS,
	USAGE_COLUMN_GPU_SECONDS,
	USAGE_COLUMN_GPU_RESERVED_SECONDS,
	USAGE_COLUMN_STORAGE_MIB_SECONDS,
	USAGE_COLUMN_NET_RX_BYTES,
	USAGE_COLUMN_NET_TX_BYTES,
	USAGE_COLUMN_COUNT
};

#define USAGE_FIRST_QUANTITY USAGE_COLUMN_CPU_CORE_SECONDS
#define USAGE_QUANTITY_COUNT (USAGE_COLUMN_COUNT - USAGE_FIRST_QUANTITY)

struct usage_column_info {
	const char *name;
	bool required; /* the column must be there; a quantity may be left out */
};

extern const struct usage_column_info usage_columns[USAGE_COLUMN_COUNT];

struct usage_interval {
	const char *hub;
	const char *node;
	const char *workload;
	const char *username;
	const char *server;	    /* "": the default server */
	const char *tag;	    /* "": none */
	const char *resource_class; /* "": none */
	enum hm_workload_kind kind;
	uint32_t given; /* bit i: column i was set and is not empty */
	int64_t start_usec;
	int64_t end_usec;			 /* exclusive */
	uint64_t quantity[USAGE_QUANTITY_COUNT]; /* by column - USAGE_FIRST_QUANTITY */
};

/* False: no column is called @name. */
bool usage_column_find(const char *name, enum usage_column *ret);

/*
 * Set one column from text; an empty one is "not given", which for a name means "none". Names are
 * borrowed. -EINVAL with @reason filled; the interval is as before then.
 */
int usage_interval_set(struct usage_interval *interval, enum usage_column column, const char *text,
	char reason[USAGE_REASON_SIZE]);

/* Is it whole and possible? -EINVAL with the column to blame and @reason. */
int usage_interval_check(const struct usage_interval *interval, enum usage_column *ret_column,
	char reason[USAGE_REASON_SIZE]);

/*
 * What was used in [@from_usec, @to_usec), which lies within the interval, spread evenly;
 * billable and wall time included. @ret is indexed by enum hm_quantity.
 */
void usage_interval_share(const struct usage_interval *interval, int64_t from_usec, int64_t to_usec,
	uint64_t ret[HM_QUANTITY_COUNT]);

#endif
