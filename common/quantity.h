/*
 * The quantities of a workload row by name: as columns of usage.slot, of a dumped spool, of tests.
 */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include "hubmeter/usage.h"

/* "cpu_used_usec" and so on. Stored and printed: never rename. */
extern const char *const quantity_names[HM_QUANTITY_COUNT];

#endif
