/*
 * What librdkafka 2.0.2 says of connections to Kafka 4.4.0, and what people read of it.
 */
#include "collector/publish/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, const char *expected)
{
	char reason[REASON_SIZE];

	reason_make(text, reason);
	assert_string_equal(reason, expected);
}

static void test_texts(void **state)
{
	(void)state;
	expect("b:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in "
	       "state CONNECT)",
		"b:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused");
	expect("ssl://b:9093/bootstrap: Receive failed: error:0A000416:SSL routines::sslv3 alert "
	       "certificate unknown: SSL alert number 46 (after 53ms in state APIVERSION_QUERY, 1 "
	       "identical error(s) suppressed)",
		"the broker refuses our certificate, which has expired, was revoked or is signed "
		"by nobody it trusts: ssl://b:9093/bootstrap: Receive failed: "
		"error:0A000416:SSL routines::sslv3 alert certificate unknown: SSL alert number "
		"46");
	expect("ssl://b:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed "
	       "(after 10ms in state SSL_HANDSHAKE)",
		"we don't trust the broker's certificate, see kafka.ssl.ca.location: "
		"ssl://b:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed");
	expect("1/1 brokers are down", "1/1 brokers are down");
	expect("", "");
}

static void test_long(void **state)
{
	char text[2 * REASON_SIZE];
	char reason[REASON_SIZE];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	reason_make(text, reason);
	assert_int_equal(strlen(reason), REASON_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
