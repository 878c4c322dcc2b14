/* JupyterHub's pages of users: what was recorded of a real one, and what is no such page. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/process/whose/hub_servers.h"

/* JupyterHub 6.1.1, SimpleLocalProcessSpawner, a token with list:users, read:users:name,
 * read:servers and admin:server_state: the first page of two. */
static const char recorded[] =
	"{\"items\": [{\"admin\": false, \"name\": \"ada\", \"kind\": \"user\", \"servers\": {\"\": "
	"{\"name\": \"\", \"display_name\": \"\", \"full_name\": \"ada/\", \"last_activity\": "
	"\"2026-11-27T06:24:53.171491Z\", \"started\": \"2026-11-27T06:24:34.062003Z\", "
	"\"pending\": null, \"ready\": true, \"stopped\": false, \"url\": \"/user/ada/\", "
	"\"user_options\": {}, \"progress_url\": \"/hub/api/users/ada/server/progress\", "
	"\"full_url\": null, \"full_progress_url\": null, \"state\": {\"pid\": 11643}}}, "
	"\"user_info\": null}, {\"admin\": false, \"name\": \"zo\\u00eb\", \"kind\": \"user\", "
	"\"servers\": {\"\": {\"name\": \"\", \"display_name\": \"\", \"full_name\": "
	"\"zo\\u00eb/\", \"last_activity\": \"2026-11-27T06:25:05.669778Z\", \"started\": "
	"\"2026-11-27T06:24:45.333112Z\", \"pending\": \"spawn\", \"ready\": false, "
	"\"stopped\": false, \"url\": \"/user/zo%C3%AB/\", \"user_options\": {}, "
	"\"progress_url\": \"/hub/api/users/zo%C3%AB/server/progress\", \"full_url\": null, "
	"\"full_progress_url\": null, \"state\": {\"pid\": 12085}}}, \"user_info\": null}], "
	"\"_pagination\": {\"offset\": 0, \"limit\": 2, \"total\": 3, \"next\": {\"offset\": 2, "
	"\"limit\": 2, \"url\": "
	"\"http://127.0.0.1:33963/hub/api/users?state=active&offset=2&limit=2\"}}}";

static int parse_by(const char *text, size_t step, struct hub_servers *servers, uint64_t *ret_next)
{
	struct hub_page *page = hub_page_new(servers);
	size_t size = strlen(text);
	int r = 0;

	assert_non_null(page);
	for (size_t at = 0; at < size && r == 0; at += step)
		r = hub_page_add(page, text + at, size - at < step ? size - at : step);
	if (r == 0)
		r = hub_page_finish(page, ret_next);
	hub_page_free(page);
	return r;
}

static void assert_server(
	const struct hub_servers *servers, int32_t pid, const char *user, int64_t started_usec)
{
	const struct hub_server *found = hub_servers_find(servers, pid);

	assert_non_null(found);
	assert_string_equal(found->user, user);
	assert_string_equal(found->name, "");
	assert_int_equal(found->started_usec, started_usec);
}

static void test_recorded(void **state)
{
	(void)state;
	for (size_t step = 1; step < sizeof(recorded); step = 2 * step + 1) {
		struct hub_servers servers = {0};
		uint64_t next = 0;

		assert_int_equal(parse_by(recorded, step, &servers, &next), 0);
		assert_int_equal(next, 2);
		assert_int_equal(servers.n, 2);
		assert_int_equal(servers.n_without_process, 0);
		assert_server(&servers, 11643, "ada", 1795760674062003);
		assert_server(&servers, 12085, "zo\303\253", 1795760685333112);
		assert_null(hub_servers_find(&servers, 11644));
		hub_servers_release(&servers);
	}
}

#define PAGE(items)	"{\"items\":[" items "],\"_pagination\":{\"next\":null}}"
#define USER(servers)	"{\"name\":\"ada\",\"servers\":{" servers "}}"
#define STARTED		"\"started\":\"2026-11-27T06:24:34Z\""
#define SERVER(members) "\"x\":{\"name\":\"x\"," STARTED "," members "}"

/* What a page says, or why it says nothing. */
static const struct {
	const char *text;
	int result;
	size_t n, n_without;
} cases[] = {
	{PAGE(""), 0, 0, 0},
	{PAGE(USER("")), 0, 0, 0},
	{PAGE(USER(SERVER("\"state\":{\"pid\":7}"))), 0, 1, 0},
	{PAGE(USER(SERVER("\"stopped\":true,\"state\":{\"pid\":7}"))), 0, 0, 0},
	{PAGE(USER(SERVER("\"ready\":true"))), 0, 0, 1}, /* without admin:server_state */
	{PAGE(USER(SERVER("\"state\":null"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"object_id\":\"12ab\"}"))), 0, 0, 1}, /* DockerSpawner */
	{PAGE(USER(SERVER("\"state\":{\"pid\":0}"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"pid\":1}"))), 0, 0, 1}, /* init is nobody's server */
	{PAGE(USER(SERVER("\"state\":{\"pid\":-7}"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"pid\":7.5}"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"pid\":4294967303}"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"pid\":[7]}"))), 0, 0, 1},
	{PAGE(USER(SERVER("\"state\":{\"deep\":{\"pid\":7}}"))), 0, 0, 1},
	{PAGE(USER("\"x\":{\"name\":\"x\",\"state\":{\"pid\":7}}")), 0, 0, 1},
	{PAGE(USER("\"x\":{\"name\":\"x\",\"started\":\"today\",\"state\":{\"pid\":7}}")), 0, 0, 1},
	{PAGE(USER("\"x\":{" STARTED ",\"state\":{\"pid\":7}}")), 0, 0, 1},
	{PAGE("{\"servers\":{" SERVER("\"state\":{\"pid\":7}") "},\"name\":\"ada\"}"), 0, 1, 0},
	{PAGE("{\"servers\":{" SERVER("\"state\":{\"pid\":7}") "}}"), 0, 0, 0},
	{PAGE("{\"name\":\"\",\"servers\":{" SERVER("\"state\":{\"pid\":7}") "}}"), 0, 0, 0},
	{"[]", -EBADMSG, 0, 0}, /* an older hub, which knows no pages */
	{"{\"status\":403,\"message\":\"Forbidden\"}", -EBADMSG, 0, 0},
	{"{\"items\":[]}", -EBADMSG, 0, 0},
	{"{\"items\":[],\"_pagination\":{\"next\":{\"offset\":0}}}", -EBADMSG, 0, 0},
	{"{\"items\":[],\"_pagination\":{\"next\":{\"offset\":-200}}}", -EBADMSG, 0, 0},
	{"{\"items\":[],\"_pagination\":{\"next\":null}", -EBADMSG, 0, 0},
	{"{\"items\":[", -EBADMSG, 0, 0},
	{"", -EBADMSG, 0, 0},
	{"<html>", -EBADMSG, 0, 0},
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct hub_servers servers = {0};
		uint64_t next = 99;
		int r = parse_by(cases[i].text, 5, &servers, &next);

		if (r != cases[i].result || servers.n != cases[i].n ||
			servers.n_without_process != cases[i].n_without)
			fail_msg("%s: %d, %zu and %zu", cases[i].text, r, servers.n,
				servers.n_without_process);
		assert_int_equal(next, r == 0 ? 0 : 99);
		hub_servers_release(&servers);
	}
}

/* One of two with the same process is of the past, and nothing says which. */
static void test_a_process_of_two(void **state)
{
	struct hub_servers servers = {0};
	uint64_t next;

	(void)state;
	assert_int_equal(
		parse_by(PAGE(USER(SERVER("\"state\":{\"pid\":7}"))), 9, &servers, &next), 0);
	assert_string_equal(hub_servers_find(&servers, 7)->name, "x");
	assert_int_equal(
		parse_by(PAGE(USER(SERVER("\"state\":{\"pid\":7}"))), 9, &servers, &next), 0);
	assert_int_equal(servers.n, 2);
	assert_null(hub_servers_find(&servers, 7));
	hub_servers_release(&servers);
}

static void test_no_more_than_that(void **state)
{
	static const char one[] = USER(SERVER("\"state\":{\"pid\":7}"));
	size_t size = (HUB_SERVERS_MAX + 1) * sizeof(one) + 64;
	char *text = malloc(size);
	char *end;

	(void)state;
	assert_non_null(text);
	for (size_t n = HUB_SERVERS_MAX; n <= HUB_SERVERS_MAX + 1; n++) {
		struct hub_servers servers = {0};
		uint64_t next = 0;

		end = stpcpy(text, "{\"items\":[");
		for (size_t i = 0; i < n; i++)
			end = stpcpy(stpcpy(end, i ? "," : ""), one);
		stpcpy(end, "],\"_pagination\":{}}");
		assert_int_equal(
			parse_by(text, 65536, &servers, &next), n > HUB_SERVERS_MAX ? -E2BIG : 0);
		assert_int_equal(servers.n, HUB_SERVERS_MAX);
		hub_servers_release(&servers);
	}
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_a_process_of_two),
		cmocka_unit_test(test_no_more_than_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
