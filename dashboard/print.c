/* A request that nobody sent, answered as any other. */
#include "dashboard/print.h"

#include <errno.h>
#include <string.h>

#include "dashboard/page/page.h"
#include "dashboard/server/target.h"
#include "dashboard/store/store.h"
#include "hubmeter/cleanup.h"

#define STATUS_OK 200

static int fail(int r, char *error, size_t size, const char *reason)
{
	(void)snprintf(error, size, "cannot print the page: %s", reason);
	return r;
}

static const char *reason_of(unsigned status)
{
	switch (status) {
	case 400:
		return "a value in its address makes no sense";
	case 403:
		return "whoever is asking may see nothing (hubmeter import readers)";
	case 404:
		return "there is no such page, or nothing on it that may be seen";
	default:
		return "the database does not answer, see above";
	}
}

static int write_answer(const struct response *response, FILE *out, char *error, size_t error_size)
{
	if (response->status != STATUS_OK)
		return fail(-ENOENT, error, error_size, reason_of(response->status));
	if (fwrite(response->body.data, 1, response->body.size, out) != response->body.size ||
		fflush(out) != 0)
		return fail(-errno, error, error_size, strerror(errno));
	return 0;
}

/* As a browser would have asked: the first slash may be left out. */
static bool parse_page(const char *page, char target[TARGET_MAX + 1], struct request *request)
{
	int size = snprintf(target, TARGET_MAX + 1, "%s%s", *page == '/' ? "" : "/", page);

	return size > 0 && (size_t)size <= TARGET_MAX &&
	       target_parse(target, "/", request) == TARGET_PAGE;
}

int print_page(const struct config *config, FILE *out, char *error, size_t error_size)
{
	hm_cleanup(store_freep) struct store *store =
		store_new(config->postgres, config->statement_timeout);
	hm_cleanup(response_release) struct response response = {
		.body = BUFFER_INIT(RESPONSE_LIMIT)};
	struct request request = {0};
	char target[TARGET_MAX + 1], identity[IDENTITY_SIZE];

	if (!store)
		return fail(-ENOMEM, error, error_size, "out of memory");
	if (!parse_page(config->print, target, &request))
		return fail(-EINVAL, error, error_size, "its address can't be read");
	if (snprintf(identity, sizeof(identity), "%s%s", *config->as ? "" : "local:",
		    *config->as ? config->as : config->local_name) >= (int)sizeof(identity))
		return fail(-EINVAL, error, error_size, "whoever is asking has too long a name");
	page_answer(store, identity, true, &request, &response);
	return write_answer(&response, out, error, error_size);
}
