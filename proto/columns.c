/* Wide columns first, so that each is aligned behind the one before it. */
#include "proto/columns.h"

#define WIDE   (HM_QUANTITY_COUNT + 2)
#define NARROW 7

size_t hm_columns_size(size_t n_rows, size_t n_strings)
{
	return n_rows * (WIDE * sizeof(uint64_t) + NARROW * sizeof(uint32_t)) +
	       n_strings * sizeof(char *);
}

static void *bump_alloc(unsigned char **at, size_t size)
{
	void *block = *at;

	*at += size;
	return block;
}

void hm_columns_place(void *memory, size_t n_rows, size_t n_strings, struct hm_columns *ret)
{
	uint32_t **const narrow[NARROW] = {&ret->kind, &ret->workload, &ret->user, &ret->server,
		&ret->tag, &ret->resource_class, &ret->flags};
	unsigned char *at = memory;

	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		ret->quantity[i] = bump_alloc(&at, n_rows * sizeof(uint64_t));
	ret->start_offset = bump_alloc(&at, n_rows * sizeof(uint64_t));
	ret->end_offset = bump_alloc(&at, n_rows * sizeof(uint64_t));
	ret->strings = bump_alloc(&at, n_strings * sizeof(char *));
	for (size_t i = 0; i < NARROW; i++)
		*narrow[i] = bump_alloc(&at, n_rows * sizeof(uint32_t));
	ret->strings[0] = "";
	ret->n_strings = 1;
	ret->n_rows = 0;
}

uint32_t hm_columns_string(struct hm_columns *columns, const char *text)
{
	if (!text || !*text)
		return 0;
	columns->strings[columns->n_strings] = text;
	return (uint32_t)columns->n_strings++;
}

void hm_columns_show(const struct hm_columns *columns, struct hm_batch *batch)
{
	batch->n_strings = columns->n_strings;
	batch->strings = columns->strings;
	batch->n_rows = columns->n_rows;
	batch->kind = columns->kind;
	batch->workload = columns->workload;
	batch->user = columns->user;
	batch->server = columns->server;
	batch->tag = columns->tag;
	batch->resource_class = columns->resource_class;
	batch->flags = columns->flags;
	batch->start_offset_usec = columns->start_offset;
	batch->end_offset_usec = columns->end_offset;
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		batch->quantity[i] = columns->quantity[i];
}
