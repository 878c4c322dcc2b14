/*
 * Rows into a COPY ... FROM STDIN (FORMAT binary).
 *
 *	postgres_copy_begin(&copy, "COPY pg_temp.stage_class FROM STDIN (FORMAT binary)");
 *	for (each class) {
 *		postgres_copy_row(&copy, 2);
 *		postgres_copy_i32(&copy, number);
 *		postgres_copy_bytes(&copy, name, strlen(name));
 *	}
 *	r = postgres_copy_end(&copy);
 *
 * After an error the rest does nothing, and postgres_copy_end() says what it was. Columns have to
 * be of exactly the type that is written: binary COPY converts nothing.
 */
#ifndef COMMON_POSTGRES_COPY_H
#define COMMON_POSTGRES_COPY_H

#include "common/postgres/postgres.h"

struct postgres_copy {
	struct postgres *postgres;
	unsigned char *buffer;
	size_t size;
	int error;
};

/* -ENOMEM. Borrows @postgres. */
int postgres_copy_init(struct postgres_copy *copy, struct postgres *postgres);
void postgres_copy_release(struct postgres_copy *copy);

void postgres_copy_begin(struct postgres_copy *copy, const char *sql);
void postgres_copy_row(struct postgres_copy *copy, uint16_t columns);
void postgres_copy_i16(struct postgres_copy *copy, int16_t value);
void postgres_copy_i32(struct postgres_copy *copy, int32_t value);
void postgres_copy_i64(struct postgres_copy *copy, int64_t value);
/* A timestamptz from microseconds since 1970. */
void postgres_copy_time(struct postgres_copy *copy, int64_t usec);
/* A text or a bytea. */
void postgres_copy_bytes(struct postgres_copy *copy, const void *data, size_t size);
void postgres_copy_null(struct postgres_copy *copy);
int postgres_copy_end(struct postgres_copy *copy);

#endif
