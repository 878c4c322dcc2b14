#include "dashboard/sign_in/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dashboard/sign_in/fake_clock.h"

static int64_t now_usec;
static const struct clock test_clock = FAKE_CLOCK(&now_usec);

static struct proxy proxy_at(const char *from)
{
	struct proxy proxy = {.clock = &test_clock, .forged = RATION_INIT};

	assert_int_equal(address_list_parse(from, &proxy.from), 0);
	return proxy;
}

static void test_whose_name_it_is(void **state)
{
	static const struct {
		const char *address, *header, *wanted;
	} cases[] = {
		{"192.0.2.7", "ada", "proxy:ada"},
		{"::ffff:192.0.2.7", "ada", "proxy:ada"},
		{"192.0.2.7", "ada@example.org", "proxy:ada@example.org"},
		{"192.0.2.7", "Ada L", "proxy:Ada L"},
		{"192.0.2.7", NULL, NULL},
		{"192.0.2.7", "", NULL},
		{"192.0.2.7", " ", NULL},
		{"192.0.2.7", " ada", NULL},
		{"192.0.2.7", "ada ", NULL},
		{"192.0.2.7", "ada,eve", NULL},
		{"192.0.2.7", "ada, eve", NULL},
		{"192.0.2.7", "ada\teve", NULL},
		{"192.0.2.7", "ada\x1b[2J", NULL},
		{"192.0.2.7", "ad\xe4", NULL},
		{"192.0.2.8", "ada", NULL},
		{"127.0.0.1", "ada", NULL},
		{"", "ada", NULL},
	};
	struct proxy proxy = proxy_at("192.0.2.7");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request = {.named_header = cases[i].header};
		char identity[IDENTITY_SIZE] = "untouched";

		(void)strcpy(request.address, cases[i].address);
		assert_int_equal(
			proxy_identify(&proxy, &request, identity), cases[i].wanted != NULL);
		assert_string_equal(identity, cases[i].wanted ? cases[i].wanted : "untouched");
	}
	assert_int_equal(proxy.forged.count, 2); /* after the first, which was logged */
}

static void test_too_long(void **state)
{
	struct proxy proxy = proxy_at("::1");
	char name[IDENTITY_SIZE], identity[IDENTITY_SIZE];
	const struct request request = {.named_header = name, .address = "::1"};

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_false(proxy_identify(&proxy, &request, identity));
	name[IDENTITY_SIZE - sizeof("proxy:")] = '\0';
	assert_true(proxy_identify(&proxy, &request, identity));
}

/* Nothing is to be said of those who send none. */
static void test_only_those_who_send_the_header_are_counted(void **state)
{
	struct proxy proxy = proxy_at("::1");
	const struct request request = {.address = "192.0.2.1"};
	char identity[IDENTITY_SIZE];

	(void)state;
	assert_false(proxy_identify(&proxy, &request, identity));
	assert_false(proxy.forged.has_begun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_name_it_is),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_only_those_who_send_the_header_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
