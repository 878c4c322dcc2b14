/* The server among slow, many and hostile clients: what it refuses, and that it goes on. */
#include "tests/unit/dashboard/server/served.h"

#define SHORT_USEC 200000

/* Say a byte now and then until the other end hangs up; how many were said. */
static size_t trickle(int fd, const char *text)
{
	size_t n = 0;
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	for (; n < PATIENCE_MS / 20; n++) {
		say(fd, text[n % strlen(text)] ? &text[n % strlen(text)] : "x", 1);
		if (poll(&wait, 1, 20) > 0)
			return n;
	}
	return n;
}

static void test_slow_requests(void **state)
{
	static const char *const begins[] = {"", "GET " PREFIX,
		"GET " PREFIX " HTTP/1.1\r\nHost: x\r\nX: ",
		"POST " PREFIX " HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n", GET("")};
	struct served *served = serve((struct server_options){.request_usec = SHORT_USEC});

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		struct heard heard;
		int fd = ask(served, begins[i]);

		if (i == sizeof(begins) / sizeof(begins[0]) - 1)
			hear(fd, true, &heard); /* the next request is slow */
		assert_in_range(trickle(fd, "a"), 2, 100);
		assert_int_equal(hear_all(fd), 0);
		(void)close(fd);
		assert_int_equal(status_of(served, GET("")), 200);
	}
	end_served(served);
}

static void test_who_waits_for_us_is_not_cut_off(void **state)
{
	struct served *served =
		serve((struct server_options){.request_usec = 50000, .answer_usec = 50000});
	struct heard heard;
	int fd = ask(served, GET("wait")), slow;

	(void)state;
	await(served, 1);
	for (size_t i = 0; i < 3; i++) { /* a few times as long as a request may take */
		slow = call(served);
		assert_int_equal(hear_all(slow), 0);
		(void)close(slow);
	}
	release(served);
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	(void)close(fd);
	end_served(served);
}

#define AS(who_, path_)                                                                            \
	"GET " PREFIX path_ " HTTP/1.1\r\nHost: x\r\nX-Remote-User: " who_ "\r\n\r\n"

/* However many slow pages somebody asks for at once, others are served meanwhile. */
static void test_whoever_asks_for_much(void **state)
{
	struct served *served = serve((struct server_options){.n_workers = 2, .waiting_max = 16});
	size_t n_served = 0;
	int greedy[8];
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		greedy[i] = ask(served, AS("ada", "wait"));
	await(served, 1);
	assert_int_equal(status_of(served, AS("bob", "echo")), 200);
	assert_int_equal(status_of(served, GET("echo")), 200);
	assert_int_equal(served->n_waiting, 1);
	release(served);
	for (size_t i = 0; i < 8; i++) {
		hear(greedy[i], true, &heard);
		n_served += heard.status == 200;
		(void)close(greedy[i]);
	}
	/* A quarter of 16 may wait; the first may or may not have been one of them. */
	assert_in_range(n_served, 4, 5);
	end_served(served);
}

static void test_a_slow_reader(void **state)
{
	struct served *served = serve((struct server_options){.answer_usec = SHORT_USEC});
	int fd = try_call(server_port(served->server), 4096);
	struct pollfd nothing = {.fd = -1};
	size_t all = 0;
	char text[4096];
	ssize_t n;

	(void)state;
	say(fd, GET("large"), strlen(GET("large")));
	do {
		n = recv(fd, text, sizeof(text), 0);
		all += n > 0 ? (size_t)n : 0;
		assert_int_equal(poll(&nothing, 1, 5), 0);
		assert_true(all < LARGE_SIZE);
	} while (n > 0 && all < 100u * sizeof(text));
	assert_int_equal(status_of(served, GET("")), 200);
	all += hear_all(fd);
	assert_true(all < LARGE_SIZE);
	(void)close(fd);
	end_served(served);
}

static void test_a_large_answer_is_whole(void **state)
{
	struct served *served = serve((struct server_options){0});
	int fd =
		ask(served, "GET " PREFIX "large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

	(void)state;
	assert_in_range(hear_all(fd), LARGE_SIZE + 1, LARGE_SIZE + 2000);
	(void)close(fd);
	end_served(served);
}

#define HEAD_LARGE "HEAD " PREFIX "large HTTP/1.1\r\nHost: x\r\n\r\n"

/* Of answers that nobody takes, the third finds no room, until somebody hangs up. */
static void test_answers_that_nobody_takes(void **state)
{
	struct served *served = serve((struct server_options){.held_max = 5u * LARGE_SIZE / 2u});
	struct pollfd begun = {.events = POLLIN};
	int fd[2];
	unsigned status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		fd[i] = try_call(server_port(served->server), 4096);
		say(fd[i], GET("large"), strlen(GET("large")));
		begun.fd = fd[i];
		assert_int_equal(poll(&begun, 1, PATIENCE_MS), 1);
	}
	assert_int_equal(status_of(served, GET("")), 200);
	assert_int_equal(status_of(served, HEAD_LARGE), 503);
	(void)close(fd[0]);
	do {
		status = status_of(served, HEAD_LARGE);
	} while (status == 503);
	assert_int_equal(status, 200);
	(void)close(fd[1]);
	end_served(served);
}

static void test_too_many_requests_wait(void **state)
{
	struct served *served = serve((struct server_options){.n_workers = 1, .waiting_max = 2});
	struct heard heard;
	int fd[3], refused;

	(void)state;
	fd[0] = ask(served, GET("wait"));
	await(served, 1);
	fd[1] = ask(served, GET("echo"));
	fd[2] = ask(served, GET("echo"));
	refused = ask(served, GET("none")); /* connections are taken in their order */
	hear(refused, true, &heard);
	(void)close(refused);
	assert_int_equal(heard.status, 503);
	assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
	assert_non_null(strstr(heard.body, "<h1>Busy</h1>"));
	release(served);
	for (size_t i = 0; i < 3; i++) {
		hear(fd[i], true, &heard);
		assert_int_equal(heard.status, 200);
		(void)close(fd[i]);
	}
	end_served(served);
}

#define FLOOD_MAX 16

/* More than there is room for: those behind wait until the idle ones are cut off. */
static void test_a_flood_of_connections(void **state)
{
	struct served *served = serve(
		(struct server_options){.connections_max = FLOOD_MAX, .request_usec = SHORT_USEC});
	int fd[FLOOD_MAX + 8];

	(void)state;
	for (size_t i = 0; i < FLOOD_MAX + 8; i++)
		fd[i] = call(served);
	assert_int_equal(status_of(served, GET("")), 200);
	for (size_t i = 0; i < FLOOD_MAX + 8; i++) {
		assert_int_equal(hear_all(fd[i]), 0);
		(void)close(fd[i]);
	}
	end_served(served);
}

static void test_half_of_the_connections_are_for_one_address(void **state)
{
	struct served *served =
		serve((struct server_options){.connections_max = FLOOD_MAX, .limits_local = true});
	struct heard heard;
	int fd[FLOOD_MAX / 2], refused;

	(void)state;
	for (size_t i = 0; i < FLOOD_MAX / 2; i++) {
		fd[i] = ask(served, GET(""));
		hear(fd[i], true, &heard);
		assert_int_equal(heard.status, 200);
	}
	refused = ask(served, GET(""));
	hear(refused, true, &heard);
	assert_int_equal(heard.status, 0);
	(void)close(refused);
	for (size_t i = 0; i < FLOOD_MAX / 2; i++)
		(void)close(fd[i]);
	end_served(served);
}

static void test_too_many_requests(void **state)
{
	struct served *served = serve((struct server_options){.limits_local = true});
	struct heard heard;
	int fd = call(served);
	size_t n = 0;

	(void)state;
	do {
		say(fd, GET(""), strlen(GET("")));
		hear(fd, true, &heard);
		n += heard.status == 200;
	} while (heard.status == 200 && n < 5000);
	assert_int_equal(heard.status, 429);
	assert_non_null(strstr(heard.text, "\r\nRetry-After: 1\r\n"));
	assert_in_range(n, 400, 2000); /* 400 and what grew meanwhile */
	(void)close(fd);
	while (status_of(served, GET("")) == 429)
		; /* until one has grown */
	end_served(served);
}

static void test_somebody_asks_too_often(void **state)
{
	struct served *served = serve((struct server_options){0});
	size_t n = 0;

	(void)state;
	while (server_allows(served->server, "hub:ada"))
		n++;
	assert_in_range(n, 100, 200);
	assert_true(server_allows(served->server, "hub:bob"));
	end_served(served);
}

#define HOSTILE_COUNT 10000
#define HOSTILE_SIZE  6000
#define HOSTILE_OPEN  64
#define GROWTH_MAX    (32l << 20)

static uint64_t hostile_seed = 20261126;

static size_t random_below(size_t n)
{
	hostile_seed = hostile_seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(hostile_seed >> 33) % n;
}

static size_t put(char *text, size_t size, const char *part)
{
	size_t n = strlen(part);

	if (size + n > HOSTILE_SIZE)
		return size;
	memcpy(text + size, part, n);
	return size + n;
}

/* Parts of requests in any order, then some bytes changed. */
static size_t make_hostile(char text[HOSTILE_SIZE])
{
	static const char *const parts[] = {"GET ", "POST ", "HEAD ", "PUT ", PREFIX, PREFIX "echo",
		"/services/x", "?a=b&c", "&&&&a=%41&b=%ff", "%00", "%", "/../", " HTTP/1.1\r\n",
		" HTTP/1.0\r\n", " HTTP/9.9\r\n", "Host: x\r\n", "Cookie: a=1; b\r\n",
		"Cookie: ;;==\r\n", "X-Remote-User: ada\r\n", "Content-Length: 5\r\n",
		"Content-Length: 18446744073709551616\r\n", "Content-Length: -5\r\n",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: x\r\n", " folded\r\n",
		":\r\n", "\r\n", "\r\n\r\n", "5\r\nhello\r\n", "0\r\n\r\n", "ffffffffffffffff\r\n",
		"Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: upgrade\r\n",
		"Range: bytes=0-1\r\n", "\n", "\t", GET(""), GET("echo?a=b"), GET("none")};
	size_t size = 0, n = 1 + random_below(random_below(20) ? 12 : 400);

	if (random_below(3) == 0)
		size = put(text, size, "GET " PREFIX " HTTP/1.1\r\nHost: x\r\n");
	for (size_t i = 0; i < n; i++)
		size = put(text, size, parts[random_below(sizeof(parts) / sizeof(parts[0]))]);
	for (size_t i = random_below(8); i > 0 && size; i--)
		text[random_below(size)] = (char)random_below(256);
	if (random_below(10) == 0) {
		for (size = 0; size < HOSTILE_SIZE; size++)
			text[size] = (char)random_below(256);
	}
	return size;
}

static long resident_bytes(void)
{
	long all, resident;
	FILE *file = fopen("/proc/self/statm", "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &all, &resident), 2);
	(void)fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

/* Many are open at a time, and left without a word when it is another one's turn. */
static void test_hostile_requests(void **state)
{
	struct served *served = serve((struct server_options){0});
	char text[HOSTILE_SIZE];
	int fd[HOSTILE_OPEN];
	long before = 0;

	(void)state;
	memset(fd, -1, sizeof(fd));
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		int *place = &fd[i % HOSTILE_OPEN];

		if (i == HOSTILE_COUNT / 10)
			before = resident_bytes();
		if (*place >= 0)
			(void)close(*place);
		*place = call(served);
		say(*place, text, make_hostile(text));
		if (i % HOSTILE_OPEN == 0)
			assert_int_equal(status_of(served, GET("")), 200);
	}
	assert_int_equal(status_of(served, GET("")), 200);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
	assert_true(resident_bytes() - before < GROWTH_MAX);
#endif
	for (size_t i = 0; i < HOSTILE_OPEN; i++)
		(void)close(fd[i]);
	server_drain(served->server); /* whatever was begun has an end */
	end_served(served);
	assert_true(before > 0);
}

/* Whoever takes none of their answers keeps no room from others. */
static void test_whoever_takes_nothing(void **state)
{
	struct served *served = serve((struct server_options){.held_max = 5u * LARGE_SIZE});
	struct pollfd begun = {.fd = try_call(server_port(served->server), 4096), .events = POLLIN};
	struct heard heard;
	int fd;

	(void)state;
	say(begun.fd, AS("ada", "large"), strlen(AS("ada", "large")));
	assert_int_equal(poll(&begun, 1, PATIENCE_MS), 1);
	assert_int_equal(status_of(served, AS("ada", "large")), 503);
	fd = try_call(server_port(served->server), 4096);
	say(fd, AS("bob", "large"), strlen(AS("bob", "large")));
	hear(fd, false, &heard);
	assert_int_equal(heard.status, 200);
	(void)close(fd);
	(void)close(begun.fd);
	end_served(served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_requests),
		cmocka_unit_test(test_who_waits_for_us_is_not_cut_off),
		cmocka_unit_test(test_whoever_asks_for_much),
		cmocka_unit_test(test_a_slow_reader),
		cmocka_unit_test(test_whoever_takes_nothing),
		cmocka_unit_test(test_a_large_answer_is_whole),
		cmocka_unit_test(test_answers_that_nobody_takes),
		cmocka_unit_test(test_too_many_requests_wait),
		cmocka_unit_test(test_a_flood_of_connections),
		cmocka_unit_test(test_half_of_the_connections_are_for_one_address),
		cmocka_unit_test(test_too_many_requests),
		cmocka_unit_test(test_somebody_asks_too_often),
		cmocka_unit_test(test_hostile_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
