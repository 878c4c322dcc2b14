/* A header is worth what the path that it came by is worth. */
#include "dashboard/sign_in/proxy.h"

#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "dashboard/sign_in/identity.h"

bool proxy_is_one_name(const char *value)
{
	size_t size = strlen(value);

	return size && value[0] != ' ' && value[size - 1] != ' ' && !strchr(value, ',');
}

static void log_forged(struct proxy *proxy, const char *address)
{
	char quoted[LOG_QUOTED_SIZE];
	unsigned long count;

	if (ration_take(&proxy->forged, proxy->clock, &count))
		log_event(LOG_PRIORITY_WARNING, "sign_in_header_not_from_proxy",
			"address=%s count=%lu", log_quote(quoted, address), count);
}

bool proxy_identify(struct proxy *proxy, const struct request *request, char ret[IDENTITY_SIZE])
{
	if (!request->named_header)
		return false;
	if (!address_list_has(&proxy->from, request->address)) {
		log_forged(proxy, request->address);
		return false;
	}
	return proxy_is_one_name(request->named_header) &&
	       identity_make(IDENTITY_PROXY, request->named_header, ret) == 0;
}
