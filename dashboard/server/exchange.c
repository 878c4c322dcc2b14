/* What a request must be before anybody is asked to answer it, without the library that reads it.
 */
#include "dashboard/server/exchange.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dashboard/server/target.h"
#include "hubmeter/cleanup.h"

#define NAME_LETTERS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
#define COOKIES_LIMIT (64u * 1024u) /* the server reads less than that of all headers */

enum {
	STATUS_FOUND = 302,
	STATUS_BAD_REQUEST = 400,
	STATUS_NOT_FOUND = 404,
	STATUS_METHOD = 405,
	STATUS_TOO_LARGE = 413,
	STATUS_TARGET_TOO_LONG = 414,
};

struct exchange *exchange_new(const char *target)
{
	hm_cleanup(exchange_freep) struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->cookies = (struct buffer)BUFFER_INIT(COOKIES_LIMIT);
	exchange->target = strndup(target ? target : "", TARGET_MAX + 1);
	return exchange->target ? hm_steal(&exchange) : NULL;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	buffer_release(&exchange->cookies);
	free(exchange->named_header);
	free(exchange->target);
	free(exchange);
}

static int add_cookies(struct exchange *exchange, const char *value)
{
	struct buffer *cookies = &exchange->cookies;
	int r;

	if (cookies->size) {
		cookies->size--;
		r = buffer_append(cookies, "; ", 2);
		if (r < 0)
			return r;
	}
	return buffer_append(cookies, value, strlen(value) + 1);
}

static int add_named(struct exchange *exchange, const char *value)
{
	size_t size = strlen(value);

	while (size && (value[size - 1] == ' ' || value[size - 1] == '\t'))
		size--;
	if (exchange->named_header) {
		exchange->is_malformed = true;
		return 0;
	}
	exchange->named_header = strndup(value, size);
	if (!exchange->named_header)
		return -ENOMEM;
	if (!target_text_is_clean(exchange->named_header))
		exchange->is_malformed = true;
	return 0;
}

static void add_length(struct exchange *exchange, const char *value)
{
	if (exchange->has_length || !*value || value[strspn(value, "0123456789")])
		exchange->is_malformed = true;
	exchange->has_length = true;
	exchange->length = strtoull(value, NULL, 10); /* the largest one when it is larger */
}

static void add_encoding(struct exchange *exchange, const char *value)
{
	if (exchange->is_chunked || strcasecmp(value, "chunked") != 0)
		exchange->is_malformed = true;
	exchange->is_chunked = true;
}

/* RFC 9110, section 5.6.2: "Content-Length " is none, and a proxy before us may have obeyed it. */
static bool is_name(const char *text)
{
	return *text && !text[strspn(text, NAME_LETTERS)];
}

int exchange_add_header(
	struct exchange *exchange, const char *wanted, const char *name, const char *value)
{
	int r = 0;

	if (!is_name(name))
		exchange->is_malformed = true;
	else if (strcasecmp(name, "Cookie") == 0)
		r = add_cookies(exchange, value);
	else if (strcasecmp(name, "Content-Length") == 0)
		add_length(exchange, value);
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		add_encoding(exchange, value);
	if (r == 0 && *wanted && strcasecmp(name, wanted) == 0)
		r = add_named(exchange, value);
	return r;
}

static unsigned judge_target(struct exchange *exchange, const char *prefix)
{
	switch (target_parse(exchange->target, prefix, &exchange->request)) {
	case TARGET_PAGE:
		return 0;
	case TARGET_PREFIX:
		return STATUS_FOUND;
	case TARGET_FOREIGN:
		return STATUS_NOT_FOUND;
	case TARGET_TOO_LONG:
		return STATUS_TARGET_TOO_LONG;
	case TARGET_BAD:
	default:
		return STATUS_BAD_REQUEST;
	}
}

unsigned exchange_judge(struct exchange *exchange, const char *method, const char *prefix)
{
	struct request *request = &exchange->request;

	if (exchange->is_malformed || (exchange->has_length && exchange->is_chunked))
		return STATUS_BAD_REQUEST;
	request->is_post = strcmp(method, "POST") == 0;
	request->is_head = strcmp(method, "HEAD") == 0;
	if (!request->is_post && !request->is_head && strcmp(method, "GET") != 0)
		return STATUS_METHOD;
	if (exchange->length > EXCHANGE_BODY_MAX)
		return STATUS_TOO_LARGE;
	request->cookies = exchange->cookies.size ? (const char *)exchange->cookies.data : "";
	request->named_header = exchange->named_header;
	return judge_target(exchange, prefix);
}

bool exchange_add_body(struct exchange *exchange, size_t size)
{
	if (size > EXCHANGE_READ_MAX - exchange->body_size)
		return false;
	exchange->body_size += size;
	return true;
}
