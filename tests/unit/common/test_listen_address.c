/* Where a server listens: what is an address and a port, and what is none. */
#include "common/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *show(const struct sockaddr_storage *address, char *text, size_t size)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	char host[INET6_ADDRSTRLEN];

	if (address->ss_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		(void)snprintf(text, size, "%s %u",
			inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host)), ntohs(v4.sin_port));
	} else {
		memcpy(&v6, address, sizeof(v6));
		(void)snprintf(text, size, "%s %u",
			inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host)),
			ntohs(v6.sin6_port));
	}
	return text;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *expected; /* NULL: none */
	} cases[] = {
		{"127.0.0.1:8085", "127.0.0.1 8085"},
		{"0.0.0.0:0", "0.0.0.0 0"},
		{"[::1]:8085", "::1 8085"},
		{"[::]:65535", ":: 65535"},
		{"::1:8085", "::1 8085"},
		{"[2001:db8::7]:00080", "2001:db8::7 80"},
		{"[127.0.0.1]:1", "127.0.0.1 1"},
		{"", NULL},
		{":", NULL},
		{":8085", NULL},
		{"[]:8085", NULL},
		{"[:8085", NULL},
		{"127.0.0.1", NULL},
		{"127.0.0.1:", NULL},
		{"127.0.0.1:65536", NULL},
		{"127.0.0.1:4294967376", NULL},
		{"127.0.0.1:18446744073709551696", NULL},
		{"127.0.0.1:-1", NULL},
		{"127.0.0.1:+1", NULL},
		{"127.0.0.1: 1", NULL},
		{"127.0.0.1:80a", NULL},
		{"127.0.0.1:http", NULL},
		{"1:8085", NULL},
		{"127.1:8085", NULL},
		{"localhost:8085", NULL},
		{"[::1%lo]:8085", NULL},
		{"1111111111111111111111111111111111111111111111111111111111111111:1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sockaddr_storage address = {.ss_family = AF_UNIX};
		char text[80];
		int r = listen_address_parse(cases[i].text, &address);

		assert_int_equal(r, cases[i].expected ? 0 : -EINVAL);
		if (cases[i].expected)
			assert_string_equal(show(&address, text, sizeof(text)), cases[i].expected);
		else
			assert_int_equal(address.ss_family, AF_UNIX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
