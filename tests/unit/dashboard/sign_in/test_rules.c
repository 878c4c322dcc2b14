#include "dashboard/sign_in/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct sign_in_options hub = {.way = SIGN_IN_WAY_HUB,
	.prefix = "/services/hubmeter/",
	.session_usec = 3600000000,
	.n_workers = 4,
	.hub_name = "physics",
	.hub_url = "https://hub.example.org/hub/",
	.hub_api_url = "http://127.0.0.1:8081/hub/api",
	.client_id = "service-hubmeter",
	.client_secret = "s3cret"};

static const struct sign_in_options proxy = {.way = SIGN_IN_WAY_PROXY,
	.prefix = "/",
	.session_usec = 3600000000,
	.n_workers = 4,
	.proxy_from = "192.0.2.7"};

static const struct sign_in_options by_link = {.way = SIGN_IN_WAY_LINK,
	.prefix = "/",
	.session_usec = 3600000000,
	.n_workers = 4,
	.link_file = "/run/user/1000/hubmeter-link",
	.local_name = "ada"};

static void must_accept(const struct sign_in_options *options)
{
	char error[256] = "";

	if (rules_check(options, error, sizeof(error)) != 0)
		fail_msg("%s", error);
}

/* Every refusal gives its reason. */
static void must_refuse(const struct sign_in_options *options, const char *reason)
{
	char error[256] = "";

	assert_int_equal(rules_check(options, error, sizeof(error)), -EINVAL);
	if (!strstr(error, reason))
		fail_msg("\"%s\" does not say \"%s\"", error, reason);
}

static void test_what_is_right(void **state)
{
	struct sign_in_options options = hub;

	(void)state;
	must_accept(&hub);
	must_accept(&proxy);
	must_accept(&by_link);
	options.hub_url = "/hub/";
	options.prefix = "/";
	must_accept(&options);
	options.hub_api_url = "https://[2001:db8::1]:8081/hub/api/";
	must_accept(&options);
}

static void test_prefixes(void **state)
{
	static const char *const refused[] = {"", "hubmeter/", "/hubmeter", "//", "/a//b/", "/a b/",
		"/a\"b/", "/../", "/a/./", "/a;b/", "/a\r\n/", "/\xc3\xa4/"};
	struct sign_in_options options = by_link;
	char longest[RULES_PREFIX_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		options.prefix = refused[i];
		must_refuse(&options, "prefix");
	}
	options.prefix = NULL;
	must_refuse(&options, "prefix");
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[RULES_PREFIX_MAX - 1] = '/';
	longest[RULES_PREFIX_MAX] = '\0';
	options.prefix = longest;
	must_accept(&options);
	longest[RULES_PREFIX_MAX - 1] = 'a';
	longest[RULES_PREFIX_MAX] = '/';
	longest[RULES_PREFIX_MAX + 1] = '\0';
	must_refuse(&options, "prefix");
}

static void test_what_all_ways_need(void **state)
{
	struct sign_in_options options = by_link;

	(void)state;
	options.session_usec = 999999;
	must_refuse(&options, "session");
	options = by_link;
	options.n_workers = 0;
	must_refuse(&options, "worker");
}

static void test_hubs(void **state)
{
	static const char *const names[] = {NULL, "", "proxy", "local", "a:b", "a b", "a.b"};
	static const char *const urls[] = {NULL, "", "hub/", "//hub/", "ftp://hub/", "http://",
		"javascript:x", "/hub/?x", "/hub/#x", "https://hub\r\nX: y/", "/h b/"};
	struct sign_in_options options = hub;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		options.hub_name = names[i];
		must_refuse(&options, "hub's name");
	}
	options = hub;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		options.hub_url = urls[i];
		must_refuse(&options, "for browsers");
	}
	options.hub_url = hub.hub_url;
	options.hub_api_url = "/hub/api";
	must_refuse(&options, "API");
	options.hub_api_url = NULL;
	must_refuse(&options, "API");
	options = hub;
	options.client_id = "";
	must_refuse(&options, "client id");
	options = hub;
	options.client_secret = NULL;
	must_refuse(&options, "client secret");
}

/* JupyterHub's proxy hands on whatever header a browser sends. */
static void test_no_header_counts_behind_a_hub(void **state)
{
	struct sign_in_options options = proxy;

	(void)state;
	options.prefix = "/services/hubmeter/";
	must_refuse(&options, "begins with /services/");
	options = proxy;
	options.hub_url = "/hub/";
	must_refuse(&options, "a hub's URL is given");
	options = proxy;
	options.client_id = "service-hubmeter";
	must_refuse(&options, "a client id is given");
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "JUPYTERHUB_API_TOKEN" : "JUPYTERHUB_SERVICE_PREFIX";

		assert_int_equal(setenv(name, "x", 1), 0);
		must_refuse(&proxy, name);
		must_accept(&hub);
		assert_int_equal(unsetenv(name), 0);
	}
	must_accept(&proxy);
}

static void test_proxies(void **state)
{
	static const char *const lists[] = {"proxy", "192.0.2.7,", "*", "0.0.0.0/0"};
	struct sign_in_options options = proxy;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		options.proxy_from = lists[i];
		must_refuse(&options, "are none");
	}
	options.proxy_from = "";
	must_refuse(&options, "anybody could send it");
}

static void test_links(void **state)
{
	struct sign_in_options options = by_link;

	(void)state;
	options.link_file = "";
	must_refuse(&options, "needs a file");
	options = by_link;
	options.local_name = "";
	must_refuse(&options, "can't be that of");
	options.local_name = "a\nb";
	must_refuse(&options, "can't be that of");
}

static int without_hub(void **state)
{
	(void)state;
	(void)unsetenv("JUPYTERHUB_API_TOKEN");
	return unsetenv("JUPYTERHUB_SERVICE_PREFIX");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_right),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_what_all_ways_need),
		cmocka_unit_test(test_hubs),
		cmocka_unit_test(test_no_header_counts_behind_a_hub),
		cmocka_unit_test(test_proxies),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, without_hub, NULL);
}
