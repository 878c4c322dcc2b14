/*
 * The columns of a batch under construction, all in one block of the caller's.
 *
 * Life cycle: hm_columns_place() -> rows are filled in, hm_columns_string() -> hm_columns_show().
 * The batch borrows the block and the texts.
 */
#ifndef PROTO_COLUMNS_H
#define PROTO_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "hubmeter/usage.h"

struct hm_columns {
	uint64_t *quantity[HM_QUANTITY_COUNT];
	uint64_t *start_offset, *end_offset;
	const char **strings;
	uint32_t *kind, *workload, *user, *server, *tag, *resource_class, *flags;
	size_t n_rows;	  /* filled in */
	size_t n_strings; /* there is room for as many as were asked for, the empty one among them
			   */
};

/* Bytes of a block for so many rows and strings. */
size_t hm_columns_size(size_t n_rows, size_t n_strings);

/*
 * No rows and the empty string, in @memory, which is aligned as malloc() does. What is not filled
 * in is shown as it is there: zeroed by the caller, or all of a row is filled in.
 */
void hm_columns_place(void *memory, size_t n_rows, size_t n_strings, struct hm_columns *ret);

/* The dictionary index of @text, which is borrowed; NULL or "": 0. */
uint32_t hm_columns_string(struct hm_columns *columns, const char *text);

/* Have @batch show the rows and strings that are there. */
void hm_columns_show(const struct hm_columns *columns, struct hm_batch *batch);

#endif
