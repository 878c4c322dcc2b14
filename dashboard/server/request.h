/*
 * What a browser asks and what it is answered, whatever carries it. Plain data.
 */
#ifndef DASHBOARD_SERVER_REQUEST_H
#define DASHBOARD_SERVER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

#define REQUEST_ARGUMENTS_MAX 16
#define REQUEST_ADDRESS_SIZE  64
#define REQUEST_WHOSE_SIZE    320

struct request_argument {
	const char *name, *value; /* decoded; UTF-8 */
};

struct request {
	bool is_post, is_head; /* neither: GET */
	const char *path;      /* behind the prefix, without its first slash: "", "department",
				  "csv/people" */
	struct request_argument argument[REQUEST_ARGUMENTS_MAX]; /* of the query string */
	size_t n_arguments;
	const char *cookies;	  /* the header Cookie; "": none */
	const char *named_header; /* the header that the server was told to hand on; NULL: none */
	char address[REQUEST_ADDRESS_SIZE]; /* of whoever connected, as numbers */
	char whose[REQUEST_WHOSE_SIZE];	    /* who asks; "": nobody, or it does not matter */
};

#define RESPONSE_COOKIES_MAX 3
#define RESPONSE_LIMIT	     (8u << 20) /* bytes of a body */

struct response {
	unsigned status;    /* as HTTP has it */
	const char *type;   /* of the body: "text/html; charset=utf-8"; a constant */
	struct buffer body; /* the server releases it */
	char *location;	    /* where to go instead; NULL; the server frees */
	char *file_name; /* under which the body is to be kept; NULL: it is to be shown; the server
			    frees */
	char *cookie[RESPONSE_COOKIES_MAX]; /* Set-Cookie lines; NULL: no more; the server frees */
	bool may_be_cached;		    /* by anybody: it is the same for all */
};

/* Free all that @response owns; it is empty then. */
void response_release(struct response *response);

/* The value of the argument @name, or @otherwise. The first counts. */
const char *request_argument(
	const struct request *request, const char *name, const char *otherwise);

/*
 * The value of the @n-th cookie called @name, from 0, in @size bytes at @ret. There may be several:
 * whoever has a page on our host, or a host beside it, can add some. What does not fit is not
 * counted. False: there are no more.
 */
bool request_cookie(
	const struct request *request, const char *name, size_t n, char *ret, size_t size);

#endif
