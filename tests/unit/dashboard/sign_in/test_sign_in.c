/* The three ways from end to end, as a browser goes them. */
#include "dashboard/sign_in/sign_in.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/browser.h"
#include "tests/unit/dashboard/sign_in/fake_clock.h"
#include "tests/unit/dashboard/sign_in/scripted_hub.h"

#define BASE "http://127.0.0.1:8123/"

static int64_t now_usec;
static const struct clock test_clock = FAKE_CLOCK(&now_usec);
static struct browser browser;
static struct response response;
static struct sign_in *sign_in;
static char address[REQUEST_ADDRESS_SIZE];
static const char *header;

static int set_up(void **state)
{
	(void)state;
	(void)unsetenv("JUPYTERHUB_API_TOKEN");
	(void)unsetenv("JUPYTERHUB_SERVICE_PREFIX");
	now_usec = 1000000;
	browser = (struct browser){.all = ""};
	response = (struct response){.body = BUFFER_INIT(RESPONSE_LIMIT)};
	(void)strcpy(address, "127.0.0.1");
	header = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	response_release(&response);
	sign_in_free(sign_in);
	sign_in = NULL;
	return 0;
}

static void make(const struct sign_in_options *options)
{
	struct sign_in_options whole = *options;
	char error[256] = "";

	whole.session_usec = 3600000000;
	whole.n_workers = 1;
	whole.clock = &test_clock;
	if (sign_in_new(&whole, &sign_in, error, sizeof(error)) != 0)
		fail_msg("%s", error);
}

static struct request request_for(const char *path)
{
	struct request request = {
		.path = path, .cookies = browser_cookies(&browser), .named_header = header};

	memcpy(request.address, address, sizeof(address));
	return request;
}

static void send_request(const struct request *request)
{
	response_release(&response);
	if (sign_in_owns(request->path))
		sign_in_answer(sign_in, 0, request, &response);
	else
		sign_in_ask(sign_in, request, &response);
	browser_take(&browser, &response);
}

static void get(const char *path, const char *name, const char *value)
{
	struct request request = request_for(path);

	if (name)
		request.argument[request.n_arguments++] = (struct request_argument){name, value};
	send_request(&request);
}

static void post(const char *path)
{
	struct request request = request_for(path);

	request.is_post = true;
	send_request(&request);
}

/* "": nobody. */
static const char *who(void)
{
	static char identity[IDENTITY_SIZE];
	const struct request request = request_for("department");

	return sign_in_identify(sign_in, &request, identity) ? identity : "";
}

/* Back from the hub, where the last answer led. */
static void come_back(void)
{
	struct request back = request_for("oauth_callback");
	char text[64];

	query_value(response.location, "state", text, sizeof(text));
	back.argument[0] = (struct request_argument){"code", "c0de"};
	back.argument[1] = (struct request_argument){"state", text};
	back.n_arguments = 2;
	send_request(&back);
}

static void test_by_the_hub(void **state)
{
	struct scripted_hub hub;
	struct sign_in_options options = {.way = SIGN_IN_WAY_HUB,
		.prefix = "/services/hubmeter/",
		.is_secure = true,
		.hub_name = "physics",
		.hub_url = "https://hub.example.org/hub",
		.client_id = "service-hubmeter",
		.client_secret = "s3cret"};

	(void)state;
	assert_int_equal(scripted_hub_start(&hub), 0);
	hub.token = (struct scripted_answer){
		200, "{\"access_token\": \"t0ken\", \"token_type\": \"Bearer\"}", 0};
	hub.user = (struct scripted_answer){200, "{\"kind\": \"user\", \"name\": \"ada\"}", 0};
	options.hub_api_url = hub.api_url;
	make(&options);
	assert_string_equal(who(), "");
	get("department", "unit", "7");
	assert_int_equal(response.status, 302);
	assert_true(begins_with(
		response.location, "https://hub.example.org/hub/api/oauth2/authorize?client_id="));
	assert_true(begins_with(response.cookie[0], "__Secure-hubmeter_state_"));
	come_back();
	assert_string_equal(response.location, "/services/hubmeter/department?unit=7");
	assert_string_equal(who(), "physics:ada");
	get("sign-in", NULL, NULL);
	assert_string_equal(response.location, "/services/hubmeter/");
	now_usec += 3600000000;
	assert_string_equal(who(), "");
	get("sign-in", NULL, NULL);
	assert_int_equal(response.status, 302);
	assert_non_null(strstr(response.location, "/authorize?"));
	come_back();
	assert_string_equal(response.location, "/services/hubmeter/");
	scripted_hub_stop(&hub);
}

static const struct sign_in_options by_proxy = {
	.way = SIGN_IN_WAY_PROXY, .prefix = "/", .proxy_from = "127.0.0.1"};

static void test_by_a_proxy(void **state)
{
	(void)state;
	make(&by_proxy);
	get("department", NULL, NULL);
	assert_int_equal(response.status, 403);
	assert_true(response_says(&response, "The proxy that stands before these pages"));
	header = "ada";
	assert_string_equal(who(), "proxy:ada");
	get("sign-in", NULL, NULL);
	assert_int_equal(response.status, 302);
	(void)strcpy(address, "192.0.2.9");
	assert_string_equal(who(), "");
	get("sign-in", NULL, NULL);
	assert_int_equal(response.status, 403);
	post("sign-out");
	assert_true(response_says(&response, "sign out there"));
	get("oauth_callback", NULL, NULL);
	assert_int_equal(response.status, 404);
}

static char folder[64], file[80];

static void make_by_link(void)
{
	const struct sign_in_options options = {
		.way = SIGN_IN_WAY_LINK, .prefix = "/", .link_file = file, .local_name = "ada"};
	char error[256] = "";

	(void)strcpy(folder, "/tmp/hubmeter-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/link", folder);
	make(&options);
	assert_int_equal(sign_in_write_link(sign_in, BASE, error, sizeof(error)), 0);
}

static void remove_link(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
}

static void read_secret(char ret[128])
{
	FILE *in = fopen(file, "re");

	assert_non_null(in);
	assert_int_equal(fscanf(in, BASE "sign-in?once=%127s", ret), 1);
	(void)fclose(in);
}

static void test_by_a_link(void **state)
{
	char secret[128], next[128];

	(void)state;
	make_by_link();
	get("department", NULL, NULL);
	assert_int_equal(response.status, 403);
	assert_true(response_says(&response, file));
	read_secret(secret);
	assert_false(response_says(&response, secret));
	get("sign-in", "once", secret);
	assert_int_equal(response.status, 302);
	assert_string_equal(response.location, "/");
	assert_string_equal(who(), "local:ada");
	get("sign-in", NULL, NULL);
	assert_int_equal(response.status, 302);
	get("sign-in", "once", secret);
	assert_int_equal(response.status, 403);
	assert_true(response_says(&response, "works once"));
	assert_true(response_says(&response, file));
	read_secret(next);
	assert_false(response_says(&response, next));
	assert_string_not_equal(secret, next);
	remove_link();
}

/* Mail programs and chats look at links before people open them. */
static void test_a_link_that_is_only_looked_at(void **state)
{
	struct request head;
	char secret[128];

	(void)state;
	make_by_link();
	read_secret(secret);
	head = request_for("sign-in");
	head.is_head = true;
	head.argument[head.n_arguments++] = (struct request_argument){"once", secret};
	send_request(&head);
	assert_int_equal(response.status, 200);
	assert_null(response.cookie[0]);
	assert_null(response.location);
	get("sign-in", "once", secret);
	assert_int_equal(response.status, 302);
	assert_string_equal(who(), "local:ada");
	remove_link();
}

static void test_a_link_from_afar(void **state)
{
	char secret[128];

	(void)state;
	make_by_link();
	read_secret(secret);
	(void)strcpy(address, "192.0.2.9");
	get("sign-in", "once", secret);
	assert_int_equal(response.status, 403);
	assert_false(response_says(&response, file));
	get("department", NULL, NULL);
	assert_int_equal(response.status, 403);
	assert_false(response_says(&response, file));
	(void)strcpy(address, "::ffff:127.0.0.1");
	get("sign-in", "once", secret); /* has not been used */
	assert_int_equal(response.status, 302);
	assert_string_equal(who(), "local:ada");
	(void)strcpy(address, "192.0.2.9");
	assert_string_equal(who(), "");
	remove_link();
}

static void test_a_link_that_cannot_be_written(void **state)
{
	const struct sign_in_options options = {.way = SIGN_IN_WAY_LINK,
		.prefix = "/",
		.link_file = "/nonexistent/link",
		.local_name = "ada"};
	char error[256] = "";

	(void)state;
	make(&options);
	assert_int_equal(sign_in_write_link(sign_in, BASE, error, sizeof(error)), -ENOENT);
	assert_string_equal(error,
		"can't write the sign-in link to \"/nonexistent/link\": No such file or directory");
}

static void test_signing_out(void **state)
{
	char secret[128];
	struct request elsewhere = {.path = "sign-out", .is_post = true, .cookies = ""};

	(void)state;
	make_by_link();
	read_secret(secret);
	get("sign-in", "once", secret);
	get("sign-out", NULL, NULL);
	assert_int_equal(response.status, 200);
	assert_true(response_says(&response, "<form method=\"post\" action=\"sign-out\">"));
	assert_string_equal(who(), "local:ada");
	/* a form of somebody else's page, with which browsers send no cookie */
	send_request(&elsewhere);
	assert_null(response.cookie[0]);
	assert_string_equal(who(), "local:ada");
	post("sign-out");
	assert_int_equal(response.status, 200);
	assert_string_equal(
		response.cookie[0], "hubmeter_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
	assert_true(response_says(&response, "<a href=\"sign-in\">Sign in again</a>"));
	assert_string_equal(who(), "");
	remove_link();
}

static void test_what_is_to_be_opened_is_not_written_to(void **state)
{
	(void)state;
	make(&by_proxy);
	post("sign-in");
	assert_int_equal(response.status, 405);
	post("oauth_callback");
	assert_int_equal(response.status, 405);
}

/* Another process, or the same one started anew, has another key. */
static void test_a_session_of_another_process(void **state)
{
	char secret[128];

	(void)state;
	make_by_link();
	read_secret(secret);
	get("sign-in", "once", secret);
	assert_string_equal(who(), "local:ada");
	remove_link();
	sign_in_free(sign_in);
	make_by_link();
	assert_string_equal(who(), "");
	remove_link();
}

static void test_own_paths(void **state)
{
	(void)state;
	assert_true(sign_in_owns("sign-in"));
	assert_true(sign_in_owns("sign-out"));
	assert_true(sign_in_owns("oauth_callback"));
	assert_false(sign_in_owns(""));
	assert_false(sign_in_owns("sign-in/"));
	assert_false(sign_in_owns("department"));
}

static void test_what_is_refused_at_the_start(void **state)
{
	struct sign_in_options options = by_proxy;
	char error[256] = "";

	(void)state;
	options.session_usec = 3600000000;
	options.n_workers = 1;
	options.clock = &test_clock;
	options.prefix = "/services/hubmeter/";
	assert_int_equal(sign_in_new(&options, &sign_in, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "behind JupyterHub"));
	assert_null(sign_in);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_the_hub),
		TEST(test_by_a_proxy),
		TEST(test_by_a_link),
		TEST(test_a_link_that_is_only_looked_at),
		TEST(test_a_link_from_afar),
		TEST(test_a_link_that_cannot_be_written),
		TEST(test_signing_out),
		TEST(test_what_is_to_be_opened_is_not_written_to),
		TEST(test_a_session_of_another_process),
		TEST(test_own_paths),
		TEST(test_what_is_refused_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
