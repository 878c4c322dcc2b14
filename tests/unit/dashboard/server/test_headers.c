/* The headers of answers, written one below another. */
#include "dashboard/server/headers.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct written {
	char text[4096];
	const char *refused; /* the name that cannot be added; NULL: none */
};

static bool write_one(void *context, const char *name, const char *value)
{
	struct written *written = context;
	size_t n = strlen(written->text);

	if (written->refused && strcmp(name, written->refused) == 0)
		return false;
	(void)snprintf(written->text + n, sizeof(written->text) - n, "%s: %s\n", name, value);
	return true;
}

static const char *make(const struct response *response, bool is_secure, struct written *written)
{
	*written = (struct written){0};
	assert_true(headers_make(response, is_secure, write_one, written));
	return written->text;
}

#define ALWAYS                                                                                     \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; "       \
	"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\n"      \
	"X-Content-Type-Options: nosniff\n"                                                        \
	"Referrer-Policy: same-origin\n"                                                           \
	"X-Frame-Options: DENY\n"                                                                  \
	"Cross-Origin-Opener-Policy: same-origin\n"                                                \
	"Cross-Origin-Resource-Policy: same-origin\n"                                              \
	"Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\n"

static void test_a_page(void **state)
{
	const struct response response = {.status = 200, .type = "text/html; charset=utf-8"};
	struct written written;

	(void)state;
	assert_string_equal(make(&response, false, &written),
		ALWAYS "Cache-Control: no-store\nContent-Type: text/html; charset=utf-8\n");
	assert_string_equal(make(&response, true, &written),
		ALWAYS "Strict-Transport-Security: max-age=31536000\nCache-Control: no-store\n"
		       "Content-Type: text/html; charset=utf-8\n");
}

static void test_what_may_be_cached(void **state)
{
	const struct response response = {.status = 200, .type = "text/css", .may_be_cached = true};
	struct written written;

	(void)state;
	assert_string_equal(make(&response, false, &written),
		ALWAYS "Cache-Control: public, max-age=3600\nContent-Type: text/css\n");
}

static void test_a_redirect_with_cookies(void **state)
{
	char location[] = "/hub/", first[] = "a=1", second[] = "b=2", third[] = "c=3";
	const struct response response = {
		.status = 302, .location = location, .cookie = {first, second, third}};
	struct written written;

	(void)state;
	assert_string_equal(make(&response, false, &written),
		ALWAYS "Cache-Control: no-store\nLocation: /hub/\nSet-Cookie: a=1\n"
		       "Set-Cookie: b=2\nSet-Cookie: c=3\n");
}

static void test_statuses(void **state)
{
	static const struct {
		unsigned status;
		const char *header;
	} cases[] = {
		{405, "Allow: GET, HEAD, POST\n"},
		{429, "Retry-After: 1\n"},
		{503, "Retry-After: 1\n"},
		{404, ""},
	};
	char expected[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct response response = {.status = cases[i].status};
		struct written written;

		(void)snprintf(expected, sizeof(expected), "%sCache-Control: no-store\n%s", ALWAYS,
			cases[i].header);
		assert_string_equal(make(&response, false, &written), expected);
	}
}

static void test_a_body_without_a_type_is_text(void **state)
{
	const struct response response = {.status = 200, .body = {.size = 1}};
	struct written written;

	(void)state;
	assert_string_equal(make(&response, false, &written),
		ALWAYS "Cache-Control: no-store\nContent-Type: text/plain; charset=utf-8\n");
}

static void test_names_of_files(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"people-2026-09.csv", "people-2026-09.csv"},
		{"a b\"c\r\nX: y.csv", "a_b_c__X__y.csv"},
		{"../etc/passwd", "_._etc_passwd"},
		{".hidden", "_hidden"},
		{"\xc3\xa9.csv", "__.csv"},
		{"", ""},
	};
	char expected[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *name = strdup(cases[i].name);
		const struct response response = {.status = 200, .file_name = name};
		struct written written;

		(void)snprintf(expected, sizeof(expected),
			"%sCache-Control: no-store\nContent-Disposition: attachment; "
			"filename=\"%s\"\n",
			ALWAYS, cases[i].expected);
		assert_string_equal(make(&response, false, &written), expected);
		free(name);
	}
}

static void test_a_long_name_is_cut(void **state)
{
	char name[301], expected[128];
	const struct response response = {.status = 200, .file_name = name};
	struct written written;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(expected, sizeof(expected), "filename=\"%.100s\"\n", name);
	assert_non_null(strstr(make(&response, false, &written), expected));
}

static void test_what_cannot_be_added(void **state)
{
	static const char *const names[] = {"Content-Security-Policy", "Strict-Transport-Security",
		"Cache-Control", "Content-Type", "Location", "Content-Disposition", "Retry-After",
		"Set-Cookie"};
	char text[] = "x";
	const struct response response = {.status = 503,
		.type = "text/html",
		.location = text,
		.file_name = text,
		.cookie = {text}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct written written = {.refused = names[i]};

		assert_false(headers_make(&response, true, write_one, &written));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page),
		cmocka_unit_test(test_what_may_be_cached),
		cmocka_unit_test(test_a_redirect_with_cookies),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_a_body_without_a_type_is_text),
		cmocka_unit_test(test_names_of_files),
		cmocka_unit_test(test_a_long_name_is_cut),
		cmocka_unit_test(test_what_cannot_be_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
