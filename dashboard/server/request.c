#include "dashboard/server/request.h"

#include <stdlib.h>
#include <string.h>

void response_release(struct response *response)
{
	buffer_release(&response->body);
	free(response->location);
	free(response->file_name);
	for (size_t i = 0; i < RESPONSE_COOKIES_MAX; i++)
		free(response->cookie[i]);
	*response = (struct response){.body = response->body};
}

const char *request_argument(const struct request *request, const char *name, const char *otherwise)
{
	for (size_t i = 0; i < request->n_arguments; i++) {
		if (strcmp(request->argument[i].name, name) == 0)
			return request->argument[i].value;
	}
	return otherwise;
}

bool request_cookie(
	const struct request *request, const char *name, size_t n, char *ret, size_t size)
{
	size_t length = strlen(name);

	for (const char *at = request->cookies; *at;) {
		size_t whole, n_value;

		at += strspn(at, " \t;");
		whole = strcspn(at, ";");
		n_value = whole > length ? whole - length - 1 : 0;
		if (whole > length && strncmp(at, name, length) == 0 && at[length] == '=' &&
			n_value < size && n-- == 0) {
			memcpy(ret, at + length + 1, n_value);
			ret[n_value] = '\0';
			return true;
		}
		at += whole;
	}
	return false;
}
