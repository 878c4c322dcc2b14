#include "common/kafka/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is only read may stand where an option_pair owns. */
static char *borrowed(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void test_servers_have_two_names(void **state)
{
	static const struct {
		const char *name;
		bool expected;
	} cases[] = {
		{"bootstrap.servers", true}, {"metadata.broker.list", true}, {"client.id", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct option_pair pair = {borrowed(cases[i].name), borrowed("x")};

		assert_int_equal(
			kafka_has_servers(&(struct option_pairs){&pair, 1}), cases[i].expected);
	}
	assert_false(kafka_has_servers(&(struct option_pairs){NULL, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_servers_have_two_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
