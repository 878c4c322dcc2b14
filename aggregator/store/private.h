/*
 * Shared by store*.c, which together are the only users of libpq in this program.
 */
#ifndef AGGREGATOR_STORE_PRIVATE_H
#define AGGREGATOR_STORE_PRIVATE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/store.h"

#define STORE_ERROR_SIZE 512
#define STORE_COPY_SIZE	 ((size_t)256 << 10)
#define STORE_MAX_MONTHS 512

struct store {
	char *conninfo;
	int64_t timeout_usec;
	const struct clock *clock;
	PGconn *connection;
	char owner[128]; /* host, process and a random part */
	char error[STORE_ERROR_SIZE];
	char state[6];			 /* SQLSTATE of the last failure */
	int32_t month[STORE_MAX_MONTHS]; /* whose partitions exist; months since 1970 */
	size_t n_months;
	unsigned char *copy; /* STORE_COPY_SIZE bytes on their way into a COPY */
};

static inline void store_clear_result(PGresult **result)
{
	PQclear(*result);
}

/* Keep @text as what store_error() says: one line. */
void store_set_error(struct store *store, const char *text);

/* The errno for a failed @result; keeps its message. Ends the connection when it is beyond use. */
int store_failure(struct store *store, const PGresult *result);

/* Send what libpq holds back. -ECONNRESET, also after the timeout: then the connection is ended. */
int store_send_all(struct store *store);

/* The next result, NULL at the end of a command's results. -ECONNRESET as above. */
int store_next_result(struct store *store, PGresult **ret);

/*
 * Run one statement with text parameters and wait. *ret (may be NULL) has binary columns; the
 * caller clears it. -EAGAIN, -ECONNRESET, -ESTALE, -EBADMSG, -E2BIG.
 */
int store_run(struct store *store, const char *sql, int n_values, const char *const *value,
	PGresult **ret);

int64_t store_get_i64(const PGresult *result, int row, int column);

/* A COPY ... FROM STDIN (FORMAT binary) in progress. After an error the rest does nothing. */
struct store_copy {
	struct store *store;
	size_t size;
	int error;
};

void store_copy_begin(struct store_copy *copy, struct store *store, const char *sql);
void store_copy_row(struct store_copy *copy, uint16_t columns);
void store_copy_i16(struct store_copy *copy, int16_t value);
void store_copy_i32(struct store_copy *copy, int32_t value);
void store_copy_i64(struct store_copy *copy, int64_t value);
void store_copy_time(struct store_copy *copy, int64_t usec);
void store_copy_bytes(struct store_copy *copy, const void *data, size_t size);
void store_copy_null(struct store_copy *copy);
int store_copy_end(struct store_copy *copy);

/* Fill the temporary tables of stage.c from @ingest. */
extern const char store_stage_tables[];
int store_stage(struct store *store, const struct ingest *ingest);

#endif
