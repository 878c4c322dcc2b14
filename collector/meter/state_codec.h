/*
 * Fields of the state behind a window: little-endian integers and texts with a length before
 * them, in the order in which they are put. Pure.
 *
 * A writer and a reader remember their first failure, so that a list of fields reads as a list;
 * whoever began looks at error once, at the end. Reading never trusts: what does not fit is
 * -EBADMSG, and every value after a failure is 0 or NULL.
 *
 *	struct state_reader reader = state_reader_of(data, size);
 *
 *	thing->pid = (int32_t)state_get_u32(&reader);
 *	thing->name = state_get_text(&reader);
 *	return reader.error;
 */
#ifndef COLLECTOR_METER_STATE_CODEC_H
#define COLLECTOR_METER_STATE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "collector/meter/amount.h"
#include "common/buffer.h"

struct state_writer {
	struct buffer *buffer;
	int error;
};

void state_put_u32(struct state_writer *writer, uint32_t value);
void state_put_u64(struct state_writer *writer, uint64_t value);
void state_put_time(struct state_writer *writer, int64_t usec);
void state_put_u128(struct state_writer *writer, uint128 value);
void state_put_text(struct state_writer *writer, const char *text);
void state_put_amount(struct state_writer *writer, const struct amount *amount);

struct state_reader {
	struct cursor cursor;
	int error;
};

static inline struct state_reader state_reader_of(const void *data, size_t size)
{
	return (struct state_reader){
		.cursor = {.at = data, .end = (const unsigned char *)data + size}};
}

uint32_t state_get_u32(struct state_reader *reader);
uint64_t state_get_u64(struct state_reader *reader);

/* A time, or -1 which stands for "not yet". */
int64_t state_get_time(struct state_reader *reader);

uint128 state_get_u128(struct state_reader *reader);
struct amount state_get_amount(struct state_reader *reader);

/* NULL after an error. The caller frees. */
char *state_get_text(struct state_reader *reader);

/* How many things follow; at least one byte each, so that a forged number costs no memory. */
uint32_t state_get_count(struct state_reader *reader);

/* -EBADMSG unless everything was read. */
int state_reader_finish(const struct state_reader *reader);

#endif
