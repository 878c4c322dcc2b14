/* The only place that knows what the environment of a Jupyter server looks like. */
#include "collector/source/server_environ.h"

#include <string.h>

#include "collector/proc/proc_parse.h"
#include "common/bounds.h"

static void look_up(const char *data, size_t size, const char *name, struct environ_text *text)
{
	if (proc_parse_environ(data, size, name, &text->data, &text->size) < 0)
		*text = (struct environ_text){.data = "", .size = 0};
}

void server_environ_parse(const char *data, size_t size, struct server_environ *ret)
{
	look_up(data, size, "JUPYTERHUB_USER", &ret->user);
	look_up(data, size, "JUPYTERHUB_SERVER_NAME", &ret->server);
	look_up(data, size, "JUPYTERHUB_API_URL", &ret->api_url);
	look_up(data, size, "HUBMETER_TAG", &ret->tag);
	look_up(data, size, "CPU_GUARANTEE", &ret->cpu_guarantee);
	look_up(data, size, "MEM_GUARANTEE", &ret->memory_guarantee);
}

bool server_environ_is_server(const struct server_environ *env, const char *api_url)
{
	size_t size = strlen(api_url);

	if (env->user.size == 0)
		return false;
	return size == 0 ||
	       (env->api_url.size == size && memcmp(env->api_url.data, api_url, size) == 0);
}

static uint64_t parse_or_zero(
	const struct environ_text *text, int (*parse)(const char *, size_t, uint64_t *))
{
	uint64_t value = 0;

	return parse(text->data, text->size, &value) < 0 ? 0 : value;
}

uint64_t server_environ_microcores(const struct server_environ *env, uint32_t cores)
{
	return min_u64(
		parse_or_zero(&env->cpu_guarantee, proc_parse_cores), (uint64_t)cores * 1000000);
}

uint64_t server_environ_bytes(const struct server_environ *env, uint64_t memory_total_bytes)
{
	return min_u64(parse_or_zero(&env->memory_guarantee, proc_parse_u64), memory_total_bytes);
}
