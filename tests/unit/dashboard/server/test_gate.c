/* Who may come in, how often and for how long; and what the log says of others. */
#include "dashboard/server/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/listen_address.h"
#include "tests/unit/dashboard/server/caught_log.h"

#define LONG_USEC 3600000000

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage address;

	assert_int_equal(listen_address_parse(text, &address), 0);
	return address;
}

static struct connection *enter(struct gate *gate, const char *address)
{
	struct sockaddr_storage from = address_of(address);

	return gate_enter(gate, -1, (const struct sockaddr *)&from);
}

static bool admits(struct gate *gate, const char *address)
{
	struct sockaddr_storage from = address_of(address);

	return gate_admits(gate, (const struct sockaddr *)&from);
}

static void init(struct gate *gate, size_t connections_max, bool limits_local)
{
	assert_int_equal(gate_init(gate, connections_max, LONG_USEC, LONG_USEC, limits_local), 0);
}

static void test_half_is_for_one_address(void **state)
{
	static struct gate gate;
	struct connection *first;

	(void)state;
	init(&gate, 4, false);
	first = enter(&gate, "192.0.2.7:1");
	assert_true(admits(&gate, "192.0.2.7:2"));
	(void)enter(&gate, "192.0.2.7:2");
	assert_false(admits(&gate, "192.0.2.7:3"));
	assert_true(admits(&gate, "192.0.2.8:1"));
	gate_leave(&gate, first);
	assert_true(admits(&gate, "192.0.2.7:3"));

	for (int i = 0; i < 3; i++)
		assert_non_null(enter(&gate, "127.0.0.1:1"));
	assert_true(admits(&gate, "127.0.0.1:1"));
	assert_null(enter(&gate, "127.0.0.1:1"));
	gate_turn(&gate, NULL, CONNECTION_READING);
	gate_leave(&gate, NULL);
	gate_release(&gate);
}

static size_t count_peer(struct gate *gate, const char *address)
{
	struct sockaddr_storage from = address_of(address);
	struct peer peer;
	size_t n = 0;

	peer_set((const struct sockaddr *)&from, &peer);
	while (n < 5000 && gate_allows_peer(gate, &peer))
		n++;
	return n;
}

static void test_how_often(void **state)
{
	static struct gate gate;
	size_t n = 0;

	(void)state;
	init(&gate, 4, false);
	assert_in_range(count_peer(&gate, "192.0.2.7:1"), GATE_PEER_BURST, 2 * GATE_PEER_BURST);
	assert_in_range(count_peer(&gate, "[2001:db8::1]:1"), GATE_PEER_BURST, 2 * GATE_PEER_BURST);
	assert_in_range(count_peer(&gate, "[2001:db8::2]:1"), 0, GATE_PEER_BURST);
	assert_int_equal(count_peer(&gate, "127.0.0.1:1"), 5000);
	while (gate_allows_person(&gate, "hub:ada"))
		n++;
	assert_in_range(n, GATE_PERSON_BURST, 2 * GATE_PERSON_BURST);
	assert_true(gate_allows_person(&gate, "hub:bob"));
	gate_release(&gate);
}

static void test_local_addresses_like_others(void **state)
{
	static struct gate gate;

	(void)state;
	init(&gate, 2, true);
	assert_non_null(enter(&gate, "127.0.0.1:1"));
	assert_false(admits(&gate, "127.0.0.1:1"));
	assert_in_range(count_peer(&gate, "127.0.0.1:1"), GATE_PEER_BURST, 2 * GATE_PEER_BURST);
	gate_release(&gate);
}

static void test_the_log_has_one_line_for_many(void **state)
{
	static struct gate gate;
	char text[1024];
	struct caught_log log;

	(void)state;
	init(&gate, 2, false);
	catch_log(&log);
	for (int i = 0; i < 1000; i++)
		gate_refused(&gate, REFUSAL_METHOD);
	gate_refused(&gate, REFUSAL_TOO_BUSY);
	release_log(&log, text, sizeof(text));
	assert_string_equal(text, "<4>event=requests_refused reason=method count=1\n"
				  "<4>event=requests_refused reason=too_busy count=1\n");
	gate_release(&gate);
}

static void test_the_watcher_ends_who_is_late(void **state)
{
	static struct gate gate;
	struct sockaddr_storage from = address_of("192.0.2.7:1");
	char text[256], byte;
	struct connection *connection;
	struct caught_log log;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	catch_log(&log);
	assert_int_equal(gate_init(&gate, 2, 20000, LONG_USEC, false), 0);
	assert_int_equal(gate_open(&gate), 0);
	connection = gate_enter(&gate, fd[0], (const struct sockaddr *)&from);
	assert_int_equal(read(fd[1], &byte, 1), 0); /* its end */
	gate_leave(&gate, connection);
	gate_release(&gate);
	release_log(&log, text, sizeof(text));
	assert_string_equal(text, "<4>event=requests_refused reason=too_slow count=1\n");
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void *end_two(void *context)
{
	gate_end(context);
	gate_end(context);
	return NULL;
}

static void test_waiting_for_requests(void **state)
{
	static struct gate gate;
	pthread_t thread;

	(void)state;
	init(&gate, 2, false);
	gate_wait(&gate, LONG_USEC); /* there is none */
	gate_begin(&gate);
	gate_begin(&gate);
	gate_wait(&gate, 1000);
	assert_int_equal(gate.n_begun, 2);
	assert_int_equal(pthread_create(&thread, NULL, end_two, &gate), 0);
	gate_wait(&gate, LONG_USEC);
	assert_int_equal(gate.n_begun, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	gate_release(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_is_for_one_address),
		cmocka_unit_test(test_how_often),
		cmocka_unit_test(test_local_addresses_like_others),
		cmocka_unit_test(test_the_log_has_one_line_for_many),
		cmocka_unit_test(test_the_watcher_ends_who_is_late),
		cmocka_unit_test(test_waiting_for_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
