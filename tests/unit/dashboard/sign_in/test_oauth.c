/* The way to a hub and back, with a hub that says what it should, and everything else. */
#include "dashboard/sign_in/oauth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "dashboard/sign_in/crypto.h"
#include "tests/unit/dashboard/sign_in/browser.h"
#include "tests/unit/dashboard/sign_in/fake_clock.h"
#include "tests/unit/dashboard/sign_in/scripted_hub.h"

#define PREFIX "/services/hubmeter/"

static int64_t now_usec = 1000000;
static const struct clock test_clock = FAKE_CLOCK(&now_usec);
static const struct session_rules rules = {
	.scope = {.prefix = PREFIX}, .seconds = 3600, .clock = &test_clock};

static const struct scripted_answer good_token = {200,
	"{\"access_token\": \"t0ken\", \"expires_in\": 1209600, \"token_type\": \"Bearer\"}", 0};
static const struct scripted_answer good_user = {
	200, "{\"kind\": \"user\", \"name\": \"ada\", \"groups\": [], \"scopes\": []}", 0};

static struct scripted_hub hub;
static struct sign_in_options options;
static struct oauth *oauth;
static struct browser browser;
static struct response response;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(scripted_hub_start(&hub), 0);
	hub.token = good_token;
	hub.user = good_user;
	options = (struct sign_in_options){.way = SIGN_IN_WAY_HUB,
		.prefix = PREFIX,
		.n_workers = 2,
		.clock = &test_clock,
		.hub_name = "physics",
		.hub_url = "/hub/",
		.hub_api_url = hub.api_url,
		.client_id = "service-hubmeter",
		.client_secret = "s3&cret"};
	browser = (struct browser){.all = ""};
	response = (struct response){.body = BUFFER_INIT(RESPONSE_LIMIT)};
	return oauth_new(&options, &rules, 1, 1, &oauth);
}

static int tear_down(void **state)
{
	(void)state;
	response_release(&response);
	oauth_free(oauth);
	if (hub.listener >= 0)
		scripted_hub_stop(&hub);
	return 0;
}

/* Sent to the hub; the state is what it is to bring back. */
static void begin(const char *destination, char state[64], char challenge[64])
{
	const struct request request = {.cookies = browser_cookies(&browser), .path = ""};

	response_release(&response);
	oauth_begin(oauth, &request, destination, &response);
	assert_int_equal(response.status, 302);
	browser_take(&browser, &response);
	query_value(response.location, "state", state, 64);
	query_value(response.location, "code_challenge", challenge, 64);
}

static void finish_with(const struct request_argument *argument, size_t n)
{
	struct request request = {
		.cookies = browser_cookies(&browser), .path = "oauth_callback", .n_arguments = n};

	memcpy(request.argument, argument, n * sizeof(*argument));
	response_release(&response);
	oauth_finish(oauth, 1, &request, &response);
	browser_take(&browser, &response);
}

static void finish(const char *code, const char *state)
{
	const struct request_argument argument[] = {{"code", code}, {"state", state}};

	finish_with(argument, 2);
}

static bool is_somebody(char identity[IDENTITY_SIZE])
{
	const struct request request = {.cookies = browser_cookies(&browser)};

	return session_identify(&rules, &request, identity);
}

static void test_the_way_to_the_hub(void **state)
{
	char text[64], challenge[64];

	(void)state;
	begin(PREFIX "department?unit=7", text, challenge);
	assert_true(begins_with(response.location,
		"/hub/api/oauth2/authorize?client_id=service-hubmeter&redirect_uri="
		"%2Fservices%2Fhubmeter%2Foauth_callback&response_type=code&state="));
	assert_non_null(strstr(response.location, "&code_challenge_method=S256"));
	assert_int_equal(strlen(challenge), 43);
	assert_null(response.cookie[1]);
	assert_non_null(strstr(
		response.cookie[0], "; Path=" PREFIX "; Max-Age=600; HttpOnly; SameSite=Lax"));
	assert_null(strstr(response.location, "cret"));
}

static void test_there_and_back(void **state)
{
	char text[64], challenge[64], verifier[64], wanted[CRYPTO_TEXT_SIZE];
	char identity[IDENTITY_SIZE];
	const char *form;

	(void)state;
	begin(PREFIX "department?unit=7", text, challenge);
	finish("c0 de&x", text);
	assert_int_equal(response.status, 302);
	assert_string_equal(response.location, PREFIX "department?unit=7");
	assert_true(is_somebody(identity));
	assert_string_equal(identity, "physics:ada");
	assert_int_equal(browser_count(&browser), 1); /* the state's is gone */
	assert_int_equal(hub.n_asked, 2);
	assert_true(begins_with(hub.asked[0], "POST /hub/api/oauth2/token HTTP/1.1\r\n"));
	assert_non_null(
		strstr(hub.asked[0], "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	form = strstr(hub.asked[0], "\r\n\r\n") + 4;
	assert_true(
		begins_with(form, "client_id=service-hubmeter&client_secret=s3%26cret&grant_type="
				  "authorization_code&code=c0%20de%26x&redirect_uri=%2Fservices%2F"
				  "hubmeter%2Foauth_callback&code_verifier="));
	(void)snprintf(verifier, sizeof(verifier), "%s", strrchr(form, '=') + 1);
	assert_int_equal(crypto_challenge(verifier, wanted), 0);
	assert_string_equal(challenge, wanted);
	assert_true(begins_with(hub.asked[1], "GET /hub/api/user HTTP/1.1\r\n"));
	assert_non_null(strstr(hub.asked[1], "\r\nAuthorization: Bearer t0ken\r\n"));
}

/* The token of one is not sent with the question for the next. */
static void test_one_after_another(void **state)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin(PREFIX, text, challenge);
		finish("code", text);
		assert_int_equal(response.status, 302);
	}
	assert_true(is_somebody(identity));
	assert_int_equal(hub.n_asked, 6);
	assert_true(begins_with(hub.asked[0], "POST "));
	assert_null(strstr(hub.asked[0], "Authorization"));
}

static void test_tabs(void **state)
{
	char first[64], second[64], challenge[64];

	(void)state;
	begin(PREFIX "a", first, challenge);
	begin(PREFIX "b", second, challenge);
	finish("code", first);
	assert_string_equal(response.location, PREFIX "a");
	finish("code", second);
	assert_string_equal(response.location, PREFIX "b");
}

static void test_somebody_elses_state(void **state)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];

	(void)state;
	begin(PREFIX, text, challenge);
	browser = (struct browser){.all = ""}; /* another one, which was sent the link */
	finish("code", text);
	assert_int_equal(response.status, 400);
	assert_null(response.location);
	assert_false(is_somebody(identity));
	finish("code", "");
	assert_int_equal(response.status, 400);
	assert_int_equal(hub.n_asked, 0);
}

static void test_the_same_answer_twice(void **state)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];

	(void)state;
	begin(PREFIX "a", text, challenge);
	finish("code", text);
	assert_true(is_somebody(identity));
	finish("code", text);
	assert_int_equal(response.status, 302); /* is signed in: no complaint */
	assert_string_equal(response.location, PREFIX);
	assert_int_equal(hub.n_asked, 2);
}

static void test_too_late(void **state)
{
	char text[64], challenge[64];

	(void)state;
	begin(PREFIX, text, challenge);
	now_usec += 600 * 1000000LL;
	finish("code", text);
	assert_int_equal(response.status, 400);
	assert_true(response_says(&response, "ten minutes"));
	assert_true(response_says(&response, "<a href=\"" PREFIX "\">Try again</a>"));
}

static void test_what_the_hub_refuses_at_once(void **state)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];
	struct request_argument argument[] = {{"error", "access_denied"}, {"state", text},
		{"error_description", "<script>alert(1)</script>"}};

	(void)state;
	begin(PREFIX "a", text, challenge);
	finish_with(argument, 3);
	assert_int_equal(response.status, 403);
	assert_true(response_says(&response, "<a href=\"" PREFIX "a\">Try again</a>"));
	assert_false(response_says(&response, "script"));
	assert_int_equal(browser_count(&browser), 0);
	begin(PREFIX "a", text, challenge);
	finish_with(argument + 1, 1); /* neither code nor error */
	assert_int_equal(response.status, 403);
	assert_false(is_somebody(identity));
	assert_int_equal(hub.n_asked, 0);
}

static void test_a_url_that_ends_in_a_slash(void **state)
{
	char text[64], challenge[64], url[80];

	(void)state;
	(void)snprintf(url, sizeof(url), "%s/", hub.api_url);
	options.hub_api_url = url;
	options.hub_url = "/hub";
	oauth_free(oauth);
	assert_int_equal(oauth_new(&options, &rules, 1, 1, &oauth), 0);
	begin(PREFIX, text, challenge);
	assert_true(begins_with(response.location, "/hub/api/oauth2/authorize?"));
	finish("code", text);
	assert_int_equal(response.status, 302);
	assert_true(begins_with(hub.asked[0], "POST /hub/api/oauth2/token "));
	assert_true(begins_with(hub.asked[1], "GET /hub/api/user "));
}

/* The hub is not asked what it can't have said. */
static void test_a_long_code(void **state)
{
	char text[64], challenge[64], code[1026];

	(void)state;
	memset(code, 'c', sizeof(code));
	code[1025] = '\0';
	begin(PREFIX, text, challenge);
	finish(code, text);
	assert_int_equal(response.status, 403);
	assert_true(response_says(&response, "works once"));
	assert_int_equal(hub.n_asked, 0);
	code[1024] = '\0';
	begin(PREFIX, text, challenge);
	finish(code, text);
	assert_int_equal(response.status, 302);
}

static void check_answers(const struct scripted_answer *token, const struct scripted_answer *user,
	unsigned status, const char *says)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];

	hub.token = *token;
	hub.user = *user;
	begin(PREFIX "a", text, challenge);
	finish("c0de", text);
	if (response.status != status || !response_says(&response, says))
		fail_msg("%d %s, %d %s: %u", token->status, token->body, user->status, user->body,
			response.status);
	assert_false(is_somebody(identity));
	assert_int_equal(browser_count(&browser), 0);
	assert_true(response_says(&response, "<a href=\"" PREFIX "a\">Try again</a>"));
	assert_true(response_says(&response, "href=\"" PREFIX "style.css\""));
	assert_false(response_says(&response, "t0ken"));
	assert_false(response_says(&response, "c0de"));
	assert_false(response_says(&response, "cret"));
}

static void test_strange_tokens(void **state)
{
	static const struct {
		struct scripted_answer token;
		unsigned status;
		const char *says;
	} cases[] = {
		{{400, "{\"error\": \"invalid_grant\"}", 0}, 403, "works once"},
		{{401, "{\"error\": \"invalid_client\"}", 0}, 502, "does not accept these pages"},
		{{401, "", 0}, 502, "does not accept these pages"},
		{{400, "{\"error\": \"invalid_request\"}", 0}, 502, "does not accept these pages"},
		{{403, "{\"status\": 403, \"message\": \"Forbidden\"}", 0}, 403, "did not agree"},
		{{500, "{\"status\": 500}", 0}, 502, "was not understood"},
		{{404, "<html>", 0}, 502, "was not understood"},
		{{302, "", 0}, 502, "was not understood"},
		{{200, "", 0}, 502, "was not understood"},
		{{200, "<html>t0ken</html>", 0}, 502, "was not understood"},
		{{200, "{\"access_token\": \"a\\r\\nb\", \"token_type\": \"Bearer\"}", 0}, 502,
			"was not understood"},
		{{200, "{}", 128u << 10}, 502, "does not answer"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_answers(&cases[i].token, &good_user, cases[i].status, cases[i].says);
	assert_int_equal(hub.n_asked, sizeof(cases) / sizeof(cases[0]));
}

static void test_strange_users(void **state)
{
	static const struct {
		struct scripted_answer user;
		unsigned status;
		const char *says;
	} cases[] = {
		{{401, "{}", 0}, 403, "did not agree"},
		{{403, "{\"status\": 403}", 0}, 403, "did not agree"},
		{{500, "t0ken", 0}, 502, "was not understood"},
		{{200, "null", 0}, 502, "was not understood"},
		{{200, "{\"kind\": \"service\", \"name\": \"ada\"}", 0}, 502, "was not understood"},
		{{200, "{\"kind\": \"user\", \"name\": \"a\\nb\"}", 0}, 403,
			"can&#39;t be used here"},
		{{200, "{}", 5u << 20}, 502, "does not answer"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_answers(&good_token, &cases[i].user, cases[i].status, cases[i].says);
}

/* What somebody in very many groups is answered fits. */
static void test_a_large_user(void **state)
{
	char text[64], challenge[64], identity[IDENTITY_SIZE];

	(void)state;
	hub.user.filler = 1u << 20;
	begin(PREFIX, text, challenge);
	finish("code", text);
	assert_true(is_somebody(identity));
}

static void test_a_silent_hub(void **state)
{
	static const struct scripted_answer silence = {0, "", 0};
	struct timespec begun, ended;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &begun), 0);
	check_answers(&silence, &good_user, 502, "does not answer");
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ended), 0);
	assert_in_range(ended.tv_sec - begun.tv_sec, 0, 5);
}

static void test_a_dead_hub(void **state)
{
	(void)state;
	scripted_hub_stop(&hub);
	hub.listener = -1;
	check_answers(&good_token, &good_user, 502, "does not answer");
}

struct visit {
	pthread_t thread;
	struct request request;
	struct response response;
};

static void *visit_hub(void *context)
{
	struct visit *visit = context;

	oauth_finish(oauth, 0, &visit->request, &visit->response);
	return NULL;
}

/* One of two workers waits for a hub that is silent; the other one is not to wait, too. */
static void test_half_of_the_workers_wait(void **state)
{
	char first[64], second[64], challenge[64];
	char *cookies;
	struct visit visit = {.response = {.body = BUFFER_INIT(RESPONSE_LIMIT)}};

	(void)state;
	hub.token.status = 0;
	begin(PREFIX, first, challenge);
	begin(PREFIX, second, challenge);
	cookies = strdup(browser_cookies(&browser));
	assert_non_null(cookies);
	visit.request = (struct request){.cookies = cookies,
		.path = "oauth_callback",
		.argument = {{"code", "code"}, {"state", first}},
		.n_arguments = 2};
	assert_int_equal(pthread_create(&visit.thread, NULL, visit_hub, &visit), 0);
	assert_int_equal(sem_wait(&hub.asks), 0); /* the first request is there */
	finish("code", second);
	assert_int_equal(response.status, 503);
	assert_true(response_says(&response, "in a few seconds"));
	assert_int_equal(pthread_join(visit.thread, NULL), 0);
	assert_int_equal(visit.response.status, 502);
	response_release(&visit.response);
	free(cookies);
	hub.token.status = 200; /* and whoever comes later may wait again */
	begin(PREFIX, first, challenge);
	finish("code", first);
	assert_int_equal(response.status, 302);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_way_to_the_hub),
		TEST(test_there_and_back),
		TEST(test_one_after_another),
		TEST(test_tabs),
		TEST(test_somebody_elses_state),
		TEST(test_the_same_answer_twice),
		TEST(test_too_late),
		TEST(test_what_the_hub_refuses_at_once),
		TEST(test_a_url_that_ends_in_a_slash),
		TEST(test_a_long_code),
		TEST(test_strange_tokens),
		TEST(test_strange_users),
		TEST(test_a_large_user),
		TEST(test_a_silent_hub),
		TEST(test_a_dead_hub),
		TEST(test_half_of_the_workers_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
