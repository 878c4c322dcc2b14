/*
 * A batch as text, one line a fact and a row: what golden messages are compared as.
 */
#ifndef TESTS_SUPPORT_SHOW_BATCH_H
#define TESTS_SUPPORT_SHOW_BATCH_H

#include <stdbool.h>
#include <stdio.h>

#include "hubmeter/usage.h"

/* Quantities, offsets and flags that are 0 are left out of a row's line. */
void show_batch(const struct hm_batch *batch, FILE *out);

/* Whether two batches say exactly the same. */
bool same_batch(const struct hm_batch *a, const struct hm_batch *b);

#endif
