/*
 * One request and its answer, whatever carries them. admission.c is HTTP, here is what it means.
 */
#ifndef CLI_ADMISSION_EXCHANGE_H
#define CLI_ADMISSION_EXCHANGE_H

#include <stddef.h>

#include "cli/admission/pool.h"
#include "cli/admission/request.h"

struct answer {
	unsigned status; /* as HTTP has it */
	char *body;	 /* JSON; the caller frees; NULL: out of memory */
};

/* @hubs: those that are served, with commas between; "": all. */
struct answer exchange_act(
	struct pool *pool, const char *hubs, enum admission_act act, const char *data, size_t size);
/* Does the database answer? */
struct answer exchange_health(struct pool *pool);
/* {"error": @reason} */
struct answer exchange_error(unsigned status, const char *reason);

#endif
