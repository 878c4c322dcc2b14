#include "dashboard/sign_in/address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_one_address_has_many_spellings(void **state)
{
	struct address_list list;
	static const struct {
		const char *address;
		bool is_in;
	} cases[] = {{"192.0.2.7", true}, {"::ffff:192.0.2.7", true}, {"::ffff:c000:207", true},
		{"2001:db8::1", true}, {"2001:DB8:0:0::1", true}, {"192.0.2.8", false},
		{"::192.0.2.7", false}, {"2001:db8::2", false}, {"", false}, {"proxy", false},
		{"192.0.2.7 ", false}, {"192.0.2.07", false}, {"192.0.2.7:80", false},
		{"2001:db8::1%eth0", false},
		{"2001:db8::1 and a text that is longer than any address may be", false}};

	(void)state;
	assert_int_equal(address_list_parse("192.0.2.7, 2001:db8::1 ", &list), 0);
	assert_int_equal(list.count, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (address_list_has(&list, cases[i].address) != cases[i].is_in)
			fail_msg("%s", cases[i].address);
	}
}

static void test_only_so_much_of_the_text(void **state)
{
	static const struct address wanted = {
		.bytes = {[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 7}};
	struct address address;

	(void)state;
	assert_int_equal(address_parse("192.0.2.77", 9, &address), 0);
	assert_memory_equal(&address, &wanted, sizeof(wanted));
	assert_int_equal(address_parse("192.0.2.77", 8, &address), -EINVAL);
}

static void test_lists_that_are_none(void **state)
{
	static const char *const texts[] = {"", " ", ",", "192.0.2.7,", ",192.0.2.7",
		"192.0.2.7;192.0.2.8", "192.0.2.7 192.0.2.8", "192.0.2.0/24", "localhost", "127.1",
		"*", "0x7f.0.0.1"};
	struct address_list list = {.count = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(address_list_parse(texts[i], &list), -EINVAL);
	assert_int_equal(list.count, 77);
}

static void test_how_many(void **state)
{
	char text[(ADDRESS_LIST_MAX + 1) * 16] = "";
	struct address_list list;

	(void)state;
	for (int i = 0; i < ADDRESS_LIST_MAX; i++)
		(void)snprintf(text + strlen(text), 16, "%s10.0.0.%d", i ? "," : "", i);
	assert_int_equal(address_list_parse(text, &list), 0);
	assert_int_equal(list.count, ADDRESS_LIST_MAX);
	assert_true(address_list_has(&list, "10.0.0.31"));
	(void)strcat(text, ",::1");
	assert_int_equal(address_list_parse(text, &list), -E2BIG);
}

static void test_loopback(void **state)
{
	static const char *const near[] = {"127.0.0.1", "127.255.3.4", "::1", "::ffff:127.0.0.1"};
	static const char *const far[] = {
		"128.0.0.1", "10.0.0.1", "::2", "::", "::127.0.0.1", "fe80::1", "localhost", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		assert_true(address_is_loopback(near[i]));
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		assert_false(address_is_loopback(far[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_address_has_many_spellings),
		cmocka_unit_test(test_only_so_much_of_the_text),
		cmocka_unit_test(test_lists_that_are_none),
		cmocka_unit_test(test_how_many),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
