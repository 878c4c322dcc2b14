/*
 * One request over HTTPS for a program that shall not know TLS: the answer goes to a descriptor as
 * it comes.
 *
 * Invariants
 *  - Only the answer to status 200 is handed on. What an error says may be anything, and is no
 * data.
 *  - The token is read for each request, is never an argument, and is shown over TLS alone.
 *  - At most FETCH_SIZE_MAX bytes within FETCH_TIMEOUT_SEC, by no proxy and to no other address
 *    than the one that was said. What was handed on before a failure is worth nothing.
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#define FETCH_SIZE_MAX		  ((size_t)64 << 20)
#define FETCH_TIMEOUT_SEC	  30
#define FETCH_CONNECT_TIMEOUT_SEC 5
#define FETCH_ERROR_SIZE	  400

struct fetch_request {
	const char *url;
	const char *token_file; /* NULL: no token */
	const char *ca_file;	/* NULL: those of this machine */
	const char *accept;	/* kind of answer that is asked for; NULL: any */
	bool is_insecure;	/* whoever answers is believed */
	bool no_links;		/* the token's file may be no symbolic link */
};

/* Exit statuses of hubmeter-fetch; 2 is a wrong option. */
enum fetch_result {
	FETCH_OK = 0,
	FETCH_FAILED = 1,    /* something here: the token, memory, whoever reads the answer */
	FETCH_NO_ANSWER = 3, /* no connection, no trust, no time, or it was cut */
	FETCH_REFUSED = 4    /* another status than 200 */
};

/* In @error stands why, for people; never a secret. */
enum fetch_result fetch(const struct fetch_request *request, int out, char error[FETCH_ERROR_SIZE]);

#endif
