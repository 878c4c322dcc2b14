/*
 * What a hub asks, as JSON of a request. Pure; an owner of jansson.
 *
 *	{"hub": "physics-hub", "user": "ada", "server": "", "class": "a100", "cpu_milli": 4000,
 *	 "memory_mib": 8192, "gpu_milli": 1000, "max_seconds": 28800, "tag": "", "hold": true}
 *
 * Invariants
 *  - Numbers are whole and not negative, texts are UTF-8 without NUL; a name that is not known is
 *    refused, so that a slip of the pen does not go unnoticed.
 *  - The texts are the request's, until admission_request_release().
 */
#ifndef CLI_ADMISSION_REQUEST_H
#define CLI_ADMISSION_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum admission_act { ADMISSION_ACT_SPAWN, ADMISSION_ACT_RELEASE };

struct admission_request {
	const char *hub, *user; /* a release of a lien may have no user: "" */
	const char *server, *class, *tag, *reason;
	int64_t cpu_milli, memory_mib, gpu_milli, max_seconds;
	int64_t lien; /* 0: the server says which */
	bool hold;
	void *json; /* keeps the texts */
};

/* 0, or -EBADMSG with the reason in @error, or -ENOMEM. */
int admission_request_parse(enum admission_act act, const char *data, size_t size,
	struct admission_request *ret, char *error, size_t error_size);
void admission_request_release(struct admission_request *request);

/* Is @hub one of @hubs (names with commas between; "": all)? */
bool admission_serves(const char *hubs, const char *hub);

#endif
