/* A request until it is answered, or refused by its headers. */
#include "dashboard/server/exchange.h"

#include "hubmeter/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WANTED "X-Remote-User"

struct header {
	const char *name, *value;
};

static struct exchange *make(const char *target, const struct header *header)
{
	struct exchange *exchange = exchange_new(target);

	assert_non_null(exchange);
	for (; header && header->name; header++)
		assert_int_equal(
			exchange_add_header(exchange, WANTED, header->name, header->value), 0);
	return exchange;
}

static void test_what_is_handed_on(void **state)
{
	const struct header headers[] = {{"Host", "x"}, {"cookie", "a=1; b=2"},
		{"x-remote-user", "ada \t"}, {"Cookie", "c=3"}, {"Content-Length", "4096"}, {0}};
	hm_cleanup(exchange_freep) struct exchange *exchange =
		make("/services/x/department?unit=a", headers);

	(void)state;
	assert_int_equal(exchange_judge(exchange, "POST", "/services/x/"), 0);
	assert_true(exchange->request.is_post);
	assert_string_equal(exchange->request.path, "department");
	assert_string_equal(exchange->request.cookies, "a=1; b=2; c=3");
	assert_string_equal(exchange->request.named_header, "ada");
	assert_int_equal(exchange->request.n_arguments, 1);
}

static void test_what_is_not_there(void **state)
{
	hm_cleanup(exchange_freep) struct exchange *exchange = make("/", NULL);

	(void)state;
	assert_int_equal(exchange_judge(exchange, "HEAD", "/"), 0);
	assert_false(exchange->request.is_post);
	assert_true(exchange->request.is_head);
	assert_string_equal(exchange->request.cookies, "");
	assert_null(exchange->request.named_header);
}

static void test_no_header_is_wanted(void **state)
{
	hm_cleanup(exchange_freep) struct exchange *exchange = exchange_new("/");

	(void)state;
	assert_int_equal(exchange_add_header(exchange, "", WANTED, "x"), 0);
	assert_int_equal(exchange_judge(exchange, "GET", "/"), 0);
	assert_null(exchange->request.named_header);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		unsigned status;
		const char *method, *target;
		struct header header[3];
	} cases[] = {
		{0, "GET", "/x/", {{0}}},
		{0, "POST", "/x/", {{"Transfer-Encoding", "Chunked"}}},
		{0, "POST", "/x/", {{"Content-Length", "0"}}},
		{302, "GET", "/x", {{0}}},
		{404, "GET", "/y", {{0}}},
		{400, "GET", NULL, {{0}}},
		{400, "GET", "/x/%ff", {{0}}},
		{405, "PUT", "/x/", {{0}}},
		{405, "get", "/x/", {{0}}},
		{405, "OPTIONS", "*", {{0}}},
		{413, "POST", "/x/", {{"Content-Length", "4097"}}},
		{413, "POST", "/x/", {{"Content-Length", "99999999999999999999999999"}}},
		{400, "POST", "/x/", {{"Content-Length", "-1"}}},
		{400, "POST", "/x/", {{"Content-Length", ""}}},
		{400, "POST", "/x/", {{"Content-Length", "1"}, {"content-length", "1"}}},
		{400, "POST", "/x/", {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}},
		{400, "POST", "/x/",
			{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}},
		{400, "POST", "/x/", {{"Transfer-Encoding", "gzip, chunked"}}},
		{400, "GET", "/x/", {{WANTED, "ada"}, {WANTED, "ada"}}},
		{400, "GET", "/x/", {{WANTED, "\xff"}}},
		{400, "GET", "/x/", {{WANTED " ", "ada"}}},
		{400, "GET", "/x/", {{"", "ada"}}},
		{400, "POST", "/x/", {{"Content-Length ", "4"}}},
		{400, "POST", "/x/", {{"Transfer-Encoding\t", "chunked"}}},
		{400, "GET", "/x/", {{WANTED, "a\x01"}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_cleanup(exchange_freep) struct exchange *exchange =
			make(cases[i].target, cases[i].header);

		assert_int_equal(exchange_judge(exchange, cases[i].method, "/x/"), cases[i].status);
	}
}

static void test_a_long_target(void **state)
{
	static char target[9000];
	hm_cleanup(exchange_freep) struct exchange *exchange = NULL;

	(void)state;
	memset(target, '/', sizeof(target) - 1);
	exchange = make(target, NULL);
	assert_in_range(strlen(exchange->target), 0, 4097);
	assert_int_equal(exchange_judge(exchange, "GET", "/"), 414);
}

static void test_bodies(void **state)
{
	hm_cleanup(exchange_freep) struct exchange *exchange = make("/", NULL);

	(void)state;
	assert_true(exchange_add_body(exchange, EXCHANGE_BODY_MAX));
	assert_false(exchange_is_too_large(exchange));
	assert_true(exchange_add_body(exchange, 1));
	assert_true(exchange_is_too_large(exchange));
	assert_true(exchange_add_body(exchange, EXCHANGE_READ_MAX - EXCHANGE_BODY_MAX - 1));
	assert_false(exchange_add_body(exchange, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_handed_on),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_no_header_is_wanted),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_a_long_target),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
