#include "dashboard/sign_in/oauth_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/browser.h"
#include "tests/unit/dashboard/sign_in/fake_clock.h"

static int64_t now_usec = 1000000;
static const struct clock test_clock = FAKE_CLOCK(&now_usec);
static const struct session_rules rules = {.scope = {.prefix = "/"}, .clock = &test_clock};

static void keep(struct browser *browser, const char *destination, struct oauth_state *ret)
{
	struct request request = {.cookies = browser_cookies(browser)};
	struct response response = {.status = 0};

	assert_int_equal(oauth_state_make(&rules, &request, destination, ret), 0);
	assert_int_equal(oauth_state_keep(&rules, ret, &response.cookie[0]), 0);
	browser_take(browser, &response);
	response_release(&response);
}

static bool find(struct browser *browser, const char *text, struct oauth_state *ret)
{
	const struct request request = {.cookies = browser_cookies(browser)};

	return oauth_state_find(&rules, &request, text, ret);
}

static void test_what_was_kept_is_found(void **state)
{
	struct browser browser = {0}, other = {0};
	struct oauth_state kept, found;

	(void)state;
	keep(&browser, "/department?unit=7", &kept);
	assert_true(find(&browser, kept.text, &found));
	assert_string_equal(found.text, kept.text);
	assert_string_equal(found.verifier, kept.verifier);
	assert_string_equal(found.destination, "/department?unit=7");
	assert_int_equal(strlen(found.verifier), 43); /* RFC 7636: 43 .. 128 */
	assert_false(find(&other, kept.text, &found));
}

static void test_ten_minutes(void **state)
{
	struct browser browser = {0};
	struct oauth_state kept, found;

	(void)state;
	keep(&browser, "/", &kept);
	now_usec += 1000000LL * (OAUTH_STATE_SECONDS - 1);
	assert_true(find(&browser, kept.text, &found));
	now_usec += 1000000;
	assert_false(find(&browser, kept.text, &found));
}

static void test_other_texts(void **state)
{
	struct browser browser = {0};
	struct oauth_state kept, found;
	char text[sizeof(kept.text) + 1];

	(void)state;
	keep(&browser, "/", &kept);
	assert_false(find(&browser, "", &found));
	for (size_t at = 0; at < sizeof(kept.text) - 1; at++) {
		memcpy(text, kept.text, sizeof(kept.text));
		text[at] = text[at] == '4' ? '5' : '4';
		assert_false(find(&browser, text, &found));
	}
	(void)snprintf(text, sizeof(text), "%sA", kept.text);
	assert_false(find(&browser, text, &found));
	text[strlen(text) - 2] = '\0';
	assert_false(find(&browser, text, &found));
	memcpy(text, kept.text, sizeof(kept.text));
	text[0] = '0' + OAUTH_STATE_COOKIES_MAX;
	assert_false(find(&browser, text, &found));
	text[0] = '/';
	assert_false(find(&browser, text, &found));
}

/* As many tabs as there are cookies; more take the place of one of them. */
static void test_tabs(void **state)
{
	struct browser browser = {0};
	struct oauth_state kept[OAUTH_STATE_COOKIES_MAX + 1], found;
	int n_found = 0;

	(void)state;
	for (int i = 0; i < OAUTH_STATE_COOKIES_MAX; i++)
		keep(&browser, "/", &kept[i]);
	assert_int_equal(browser_count(&browser), OAUTH_STATE_COOKIES_MAX);
	for (int i = 0; i < OAUTH_STATE_COOKIES_MAX; i++)
		assert_true(find(&browser, kept[i].text, &found));
	keep(&browser, "/", &kept[OAUTH_STATE_COOKIES_MAX]);
	assert_int_equal(browser_count(&browser), OAUTH_STATE_COOKIES_MAX);
	for (int i = 0; i <= OAUTH_STATE_COOKIES_MAX; i++)
		n_found += find(&browser, kept[i].text, &found);
	assert_int_equal(n_found, OAUTH_STATE_COOKIES_MAX);
}

static void test_forgotten(void **state)
{
	struct browser browser = {0};
	struct oauth_state kept, found;
	struct response response = {.status = 0};

	(void)state;
	keep(&browser, "/", &kept);
	assert_int_equal(oauth_state_forget(&rules, &kept, &response.cookie[0]), 0);
	browser_take(&browser, &response);
	response_release(&response);
	assert_int_equal(browser_count(&browser), 0);
	assert_false(find(&browser, kept.text, &found));
}

/* Both are signed by one key. */
static void test_a_session_is_no_state_and_a_state_no_session(void **state)
{
	char cookies[2 * SEAL_SIZE + 64], identity[IDENTITY_SIZE], *line;
	struct request request = {.cookies = cookies};
	struct browser browser = {0};
	struct oauth_state kept, found;

	(void)state;
	keep(&browser, "/", &kept);
	(void)snprintf(cookies, sizeof(cookies), "hubmeter_session=%s",
		strchr(browser_cookies(&browser), '=') + 1);
	assert_false(session_identify(&rules, &request, identity));
	assert_int_equal(session_begin(&rules, kept.text, &line), 0);
	(void)snprintf(cookies, sizeof(cookies), "hubmeter_state_%c=%.*s", kept.text[0],
		(int)strcspn(strchr(line, '=') + 1, ";"), strchr(line, '=') + 1);
	free(line);
	assert_false(oauth_state_find(&rules, &request, kept.text, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_kept_is_found),
		cmocka_unit_test(test_ten_minutes),
		cmocka_unit_test(test_other_texts),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_a_session_is_no_state_and_a_state_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
