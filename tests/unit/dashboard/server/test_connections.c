/* Who is connected, and who has taken too long. */
#include "dashboard/server/connections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUEST_USEC 10
#define ANSWER_USEC  60

static int ended[8];
static size_t n_ended;

static void end(int fd)
{
	ended[n_ended++] = fd;
}

static size_t end_late(struct connections *connections, int64_t now_usec)
{
	n_ended = 0;
	return connections_end_late(connections, now_usec, end);
}

static void test_places(void **state)
{
	const struct peer peer = {.address = "192.0.2.7"};
	struct connection *connection[3];
	struct connections connections;

	(void)state;
	assert_int_equal(connections_init(&connections, 3, REQUEST_USEC, ANSWER_USEC), 0);
	for (int i = 0; i < 3; i++) {
		connection[i] = connections_add(&connections, i, &peer, 0);
		assert_non_null(connection[i]);
		assert_string_equal(connection[i]->peer.address, "192.0.2.7");
	}
	assert_null(connections_add(&connections, 3, &peer, 0));
	assert_int_equal(connections.count, 3);
	connections_remove(&connections, connection[1]);
	assert_int_equal(connections.count, 2);
	assert_ptr_equal(connections_add(&connections, 3, &peer, 0), connection[1]);
	assert_null(connections_add(&connections, 4, &peer, 0));
	connections_release(&connections);
}

static void test_deadlines(void **state)
{
	const struct peer peer = {0};
	struct connection *reading, *waiting, *answering;
	struct connections connections;

	(void)state;
	assert_int_equal(connections_init(&connections, 4, REQUEST_USEC, ANSWER_USEC), 0);
	reading = connections_add(&connections, 11, &peer, 100);
	waiting = connections_add(&connections, 12, &peer, 100);
	answering = connections_add(&connections, 13, &peer, 100);
	connection_turn(waiting, CONNECTION_WAITING, 105);
	connection_turn(answering, CONNECTION_ANSWERING, 105);
	assert_int_equal(end_late(&connections, 109), 0);

	assert_int_equal(end_late(&connections, 110), 1);
	assert_int_equal(ended[0], 11);
	assert_int_equal(reading->phase, CONNECTION_ENDED);

	assert_int_equal(end_late(&connections, 164), 0); /* not twice */
	assert_int_equal(end_late(&connections, 165), 1);
	assert_int_equal(ended[0], 13);
	assert_int_equal(end_late(&connections, 1000000), 0);
	assert_int_equal(waiting->phase, CONNECTION_WAITING);

	connection_turn(waiting, CONNECTION_ANSWERING, 1000000);
	connection_turn(waiting, CONNECTION_READING, 1000007);
	assert_int_equal(end_late(&connections, 1000016), 0);
	assert_int_equal(end_late(&connections, 1000017), 1);
	assert_int_equal(ended[0], 12);
	connections_release(&connections);
}

static void test_what_ended_stays_ended(void **state)
{
	const struct peer peer = {0};
	struct connection *connection;
	struct connections connections;

	(void)state;
	assert_int_equal(connections_init(&connections, 1, REQUEST_USEC, ANSWER_USEC), 0);
	connection = connections_add(&connections, 11, &peer, 0);
	assert_int_equal(end_late(&connections, 10), 1);
	connection_turn(connection, CONNECTION_READING, 11);
	assert_int_equal(end_late(&connections, 100), 0);

	connections_remove(&connections, connection);
	assert_int_equal(end_late(&connections, 200), 0); /* the descriptor may be another's */
	assert_ptr_equal(connections_add(&connections, 12, &peer, 200), connection);
	assert_int_equal(end_late(&connections, 209), 0);
	assert_int_equal(end_late(&connections, 210), 1);
	assert_int_equal(ended[0], 12);
	connections_release(&connections);
}

static void test_how_many_from_one_network(void **state)
{
	const struct peer a = {.network = {1}}, b = {.network = {[PEER_NETWORK_SIZE - 1] = 1}},
			  nobody = {0};
	struct connection *first;
	struct connections connections;

	(void)state;
	assert_int_equal(connections_init(&connections, 5, REQUEST_USEC, ANSWER_USEC), 0);
	first = connections_add(&connections, 1, &a, 0);
	(void)connections_add(&connections, 2, &b, 0);
	(void)connections_add(&connections, 3, &a, 0);
	assert_int_equal(connections_from(&connections, &a), 2);
	assert_int_equal(connections_from(&connections, &b), 1);
	assert_int_equal(connections_from(&connections, &nobody), 0);
	connections_remove(&connections, first);
	assert_int_equal(connections_from(&connections, &a), 1);
	connections_release(&connections);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_what_ended_stays_ended),
		cmocka_unit_test(test_how_many_from_one_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
