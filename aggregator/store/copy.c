/*
 * PostgreSQL's binary COPY format, all integers big-endian:
 *
 *	"PGCOPY\n\377\r\n\0"  u32 flags  u32 extension size
 *	per row: u16 columns, per column: i32 size (-1: null), bytes
 *	u16 0xffff
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "aggregator/store/private.h"
#include "hubmeter/cleanup.h"

#define EPOCH_2000_USEC (946684800LL * 1000 * 1000)

static void put(struct store_copy *copy, const void *data, size_t size)
{
	struct store *store = copy->store;
	int r;

	while (copy->error == 0) {
		r = PQputCopyData(store->connection, data, (int)size);
		if (r == 1)
			return;
		if (r < 0) {
			copy->error = store_failure(store, NULL);
			return;
		}
		copy->error = store_send_all(store);
	}
}

static void drain(struct store_copy *copy)
{
	if (copy->size > 0 && copy->error == 0)
		put(copy, copy->store->copy, copy->size);
	copy->size = 0;
	if (copy->error == 0)
		copy->error = store_send_all(copy->store);
}

/* Room for @size <= 16 bytes, which the caller writes. */
static unsigned char *room(struct store_copy *copy, size_t size)
{
	unsigned char *at;

	if (STORE_COPY_SIZE - copy->size < size)
		drain(copy);
	at = copy->store->copy + copy->size;
	copy->size += size;
	return at;
}

static void write_be(unsigned char *at, uint64_t value, int size)
{
	for (int i = size - 1; i >= 0; i--, value >>= 8)
		at[i] = (unsigned char)value;
}

static void sized_integer(struct store_copy *copy, uint64_t value, int size)
{
	unsigned char *at = room(copy, 4 + (size_t)size);

	write_be(at, (uint64_t)size, 4);
	write_be(at + 4, value, size);
}

void store_copy_begin(struct store_copy *copy, struct store *store, const char *sql)
{
	static const unsigned char header[19] = "PGCOPY\n\377\r\n";
	hm_cleanup(store_clear_result) PGresult *result = NULL;

	*copy = (struct store_copy){.store = store};
	if (!PQsendQuery(store->connection, sql)) {
		copy->error = store_failure(store, NULL);
		return;
	}
	copy->error = store_next_result(store, &result);
	if (copy->error == 0 && PQresultStatus(result) != PGRES_COPY_IN)
		copy->error = store_failure(store, result);
	if (copy->error == 0) {
		memcpy(store->copy, header, sizeof(header));
		copy->size = sizeof(header);
	}
}

void store_copy_row(struct store_copy *copy, uint16_t columns)
{
	write_be(room(copy, 2), columns, 2);
}

void store_copy_i16(struct store_copy *copy, int16_t value)
{
	sized_integer(copy, (uint16_t)value, 2);
}

void store_copy_i32(struct store_copy *copy, int32_t value)
{
	sized_integer(copy, (uint32_t)value, 4);
}

void store_copy_i64(struct store_copy *copy, int64_t value)
{
	sized_integer(copy, (uint64_t)value, 8);
}

void store_copy_time(struct store_copy *copy, int64_t usec)
{
	store_copy_i64(copy, usec - EPOCH_2000_USEC);
}

void store_copy_null(struct store_copy *copy)
{
	write_be(room(copy, 4), UINT32_MAX, 4);
}

void store_copy_bytes(struct store_copy *copy, const void *data, size_t size)
{
	assert(size <= INT32_MAX); /* no Kafka message is that long */
	write_be(room(copy, 4), size, 4);
	if (size > STORE_COPY_SIZE - copy->size)
		drain(copy);
	if (size > STORE_COPY_SIZE) {
		put(copy, data, size);
		return;
	}
	if (size > 0)
		memcpy(copy->store->copy + copy->size, data, size);
	copy->size += size;
}

/* Results until the command is over; the first failure counts. */
static int finish(struct store *store)
{
	int failed = 0;

	for (;;) {
		hm_cleanup(store_clear_result) PGresult *result = NULL;
		int r = store_next_result(store, &result);

		if (r < 0)
			return r;
		if (!result)
			return failed;
		if (PQresultStatus(result) == PGRES_COMMAND_OK || failed < 0)
			continue;
		failed = store_failure(store, result);
		if (failed == -ECONNRESET)
			return failed;
	}
}

int store_copy_end(struct store_copy *copy)
{
	struct store *store = copy->store;
	int r = 0;

	write_be(room(copy, 2), UINT16_MAX, 2);
	drain(copy);
	if (!store_is_connected(store))
		return copy->error ? copy->error : -ECONNRESET;
	while (copy->error == 0 && (r = PQputCopyEnd(store->connection, NULL)) == 0)
		copy->error = store_send_all(store);
	if (r < 0)
		copy->error = store_failure(store, NULL);
	if (copy->error == -ECONNRESET)
		return copy->error;
	r = finish(store);
	return copy->error ? copy->error : r;
}
