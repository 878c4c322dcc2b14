/* Who connected. */
#include "dashboard/server/peer.h"

#include "common/listen_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct peer peer_of(const char *text)
{
	struct sockaddr_storage address;
	struct peer peer;

	assert_int_equal(listen_address_parse(text, &address), 0);
	peer_set((const struct sockaddr *)&address, &peer);
	return peer;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *address;
		bool is_local;
	} cases[] = {
		{"127.0.0.1:1", "127.0.0.1", true},
		{"127.9.8.7:1", "127.9.8.7", true},
		{"192.0.2.7:1", "192.0.2.7", false},
		{"[::1]:1", "::1", true},
		{"[::2]:1", "::2", false},
		{"[2001:db8::7]:1", "2001:db8::7", false},
		{"[::ffff:192.0.2.7]:1", "192.0.2.7", false},
		{"[::ffff:127.0.0.1]:1", "127.0.0.1", true},
		{"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer peer = peer_of(cases[i].text);

		assert_string_equal(peer.address, cases[i].address);
		assert_int_equal(peer.is_local, cases[i].is_local);
	}
}

static void test_networks(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} cases[] = {
		{"192.0.2.7:1", "192.0.2.7:2", true},
		{"192.0.2.7:1", "192.0.2.8:1", false},
		{"192.0.2.7:1", "[::ffff:192.0.2.7]:1", true},
		{"[2001:db8::7]:1", "[2001:db8::ffff:8]:1", true},
		{"[2001:db8:0:1::7]:1", "[2001:db8::7]:1", false},
		{"0.0.0.0:1", "[::]:1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer a = peer_of(cases[i].a), b = peer_of(cases[i].b);

		assert_int_equal(
			memcmp(a.network, b.network, PEER_NETWORK_SIZE) == 0, cases[i].is_same);
	}
}

static void test_what_is_no_address(void **state)
{
	struct sockaddr address = {.sa_family = AF_UNIX};
	struct peer peer;

	(void)state;
	peer_set(&address, &peer);
	assert_string_equal(peer.address, "");
	assert_false(peer.is_local);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_what_is_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
