/*
 * PostgreSQL's binary COPY format, all integers big-endian:
 *
 *	"PGCOPY\n\377\r\n\0"  u32 flags  u32 extension size
 *	per row: u16 columns, per column: i32 size (-1: null), bytes
 *	u16 0xffff
 */
#include "common/postgres/copy.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hubmeter/cleanup.h"

#define BUFFER_SIZE	((size_t)256 << 10)
#define EPOCH_2000_USEC (946684800LL * 1000 * 1000)

int postgres_copy_init(struct postgres_copy *copy, struct postgres *postgres)
{
	*copy = (struct postgres_copy){.postgres = postgres, .buffer = malloc(BUFFER_SIZE)};
	return copy->buffer ? 0 : -ENOMEM;
}

void postgres_copy_release(struct postgres_copy *copy)
{
	free(copy->buffer);
	copy->buffer = NULL;
}

static void put(struct postgres_copy *copy, const void *data, size_t size)
{
	struct postgres *postgres = copy->postgres;
	int r;

	while (copy->error == 0) {
		r = PQputCopyData(postgres->connection, data, (int)size);
		if (r == 1)
			return;
		if (r < 0) {
			copy->error = postgres_failure(postgres, NULL);
			return;
		}
		copy->error = postgres_send_all(postgres);
	}
}

static void drain(struct postgres_copy *copy)
{
	if (copy->size > 0 && copy->error == 0)
		put(copy, copy->buffer, copy->size);
	copy->size = 0;
	if (copy->error == 0)
		copy->error = postgres_send_all(copy->postgres);
}

/* Room for @size <= 16 bytes, which the caller writes. */
static unsigned char *room(struct postgres_copy *copy, size_t size)
{
	unsigned char *at;

	if (BUFFER_SIZE - copy->size < size)
		drain(copy);
	at = copy->buffer + copy->size;
	copy->size += size;
	return at;
}

static void write_be(unsigned char *at, uint64_t value, int size)
{
	for (int i = size - 1; i >= 0; i--, value >>= 8)
		at[i] = (unsigned char)value;
}

static void sized_integer(struct postgres_copy *copy, uint64_t value, int size)
{
	unsigned char *at = room(copy, 4 + (size_t)size);

	write_be(at, (uint64_t)size, 4);
	write_be(at + 4, value, size);
}

void postgres_copy_begin(struct postgres_copy *copy, const char *sql)
{
	static const unsigned char header[19] = "PGCOPY\n\377\r\n";
	struct postgres *postgres = copy->postgres;
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;

	copy->size = 0;
	copy->error = 0;
	if (!postgres_is_connected(postgres) || !PQsendQuery(postgres->connection, sql)) {
		copy->error = postgres_failure(postgres, NULL);
		return;
	}
	copy->error = postgres_next_result(postgres, &result);
	if (copy->error == 0 && PQresultStatus(result) != PGRES_COPY_IN)
		copy->error = postgres_failure(postgres, result);
	if (copy->error == 0) {
		memcpy(copy->buffer, header, sizeof(header));
		copy->size = sizeof(header);
	}
}

void postgres_copy_row(struct postgres_copy *copy, uint16_t columns)
{
	write_be(room(copy, 2), columns, 2);
}

void postgres_copy_i16(struct postgres_copy *copy, int16_t value)
{
	sized_integer(copy, (uint16_t)value, 2);
}

void postgres_copy_i32(struct postgres_copy *copy, int32_t value)
{
	sized_integer(copy, (uint32_t)value, 4);
}

void postgres_copy_i64(struct postgres_copy *copy, int64_t value)
{
	sized_integer(copy, (uint64_t)value, 8);
}

void postgres_copy_time(struct postgres_copy *copy, int64_t usec)
{
	postgres_copy_i64(copy, usec - EPOCH_2000_USEC);
}

void postgres_copy_null(struct postgres_copy *copy)
{
	write_be(room(copy, 4), UINT32_MAX, 4);
}

void postgres_copy_bytes(struct postgres_copy *copy, const void *data, size_t size)
{
	assert(size <= INT32_MAX); /* no Kafka message is that long */
	write_be(room(copy, 4), size, 4);
	if (size > BUFFER_SIZE - copy->size)
		drain(copy);
	if (size > BUFFER_SIZE) {
		put(copy, data, size);
		return;
	}
	if (size > 0)
		memcpy(copy->buffer + copy->size, data, size);
	copy->size += size;
}

int postgres_copy_end(struct postgres_copy *copy)
{
	struct postgres *postgres = copy->postgres;
	int r = 0;

	write_be(room(copy, 2), UINT16_MAX, 2);
	drain(copy);
	if (!postgres_is_connected(postgres))
		return copy->error ? copy->error : -ECONNRESET;
	while (copy->error == 0 && (r = PQputCopyEnd(postgres->connection, NULL)) == 0)
		copy->error = postgres_send_all(postgres);
	if (r < 0)
		copy->error = postgres_failure(postgres, NULL);
	if (copy->error == -ECONNRESET)
		return copy->error;
	r = postgres_finish(postgres, NULL);
	return copy->error ? copy->error : r;
}
