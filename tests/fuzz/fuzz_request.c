/*
 * Whatever a browser sends, what reaches a page is clean: a path and arguments of UTF-8 without
 * control characters, as many as there is room for. A line each: the method, the target, then
 * headers.
 *
 * Built and run as fuzz_wire.c.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/server/exchange.h"
#include "dashboard/server/target.h"
#include "hubmeter/cleanup.h"

#define PREFIX "/x/"
#define WANTED "X-Remote-User"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void add_header(struct exchange *exchange, char *line)
{
	char *colon = strchr(line, ':');

	if (colon)
		*colon++ = '\0';
	must(exchange_add_header(exchange, WANTED, line, colon ? colon : "") <= 0);
}

static void check(const struct request *request)
{
	char cookie[64];

	must(target_text_is_clean(request->path));
	must(request->n_arguments <= REQUEST_ARGUMENTS_MAX);
	for (size_t i = 0; i < request->n_arguments; i++) {
		must(target_text_is_clean(request->argument[i].name));
		must(target_text_is_clean(request->argument[i].value));
	}
	must(!request->named_header || target_text_is_clean(request->named_header));
	if (request_cookie(request, "a", 0, cookie, sizeof(cookie)))
		must(strlen(cookie) < sizeof(cookie) && !strchr(cookie, ';'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hm_cleanup(exchange_freep) struct exchange *exchange = NULL;
	hm_cleanup(hm_freep) char *text = strndup((const char *)data, size);
	char *rest = text, *method, *line;

	if (!text)
		return 0;
	method = strsep(&rest, "\n");
	exchange = exchange_new(strsep(&rest, "\n"));
	must(exchange != NULL);
	while ((line = strsep(&rest, "\n")))
		add_header(exchange, line);
	if (exchange_judge(exchange, method, PREFIX) == 0)
		check(&exchange->request);
	return 0;
}
